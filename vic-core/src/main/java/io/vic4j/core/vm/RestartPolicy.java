package io.vic4j.core.vm;

import java.time.Duration;

/**
 * What the guest does when a session's process ends by itself. It starts it again at once; after
 * the next end 10 seconds later, then 20 seconds, and so on, doubled up to 5 minutes, as Kubernetes
 * does.
 */
public enum RestartPolicy {
  /** Nothing: the session is over. */
  NEVER,
  /** Starts it again, unless it exited with 0. */
  ON_FAILURE,
  /** Starts it again. */
  ALWAYS;

  /**
   * After a process that ran longer than this, the guest starts it at once, as after the first:
   * twice the longest delay, as the kubelet has it.
   */
  public static final Duration RESET_AFTER = Duration.ofMinutes(10);

  private static final Duration FIRST_DELAY = Duration.ofSeconds(10);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

  /**
   * How long the guest waits before a session starts again that has {@code restarts} behind it: all
   * of them, or those since its process last ran longer than {@link #RESET_AFTER}. Zero for the
   * first.
   */
  public static Duration delayAfter(int restarts) {
    if (restarts == 0) {
      return Duration.ZERO;
    }
    Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(restarts - 1, 10));
    return delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
  }

  /** Whether a process that ended so is started again. */
  public boolean restarts(ExitStatus exit) {
    return this == ALWAYS || (this == ON_FAILURE && !exit.isSuccess());
  }
}
