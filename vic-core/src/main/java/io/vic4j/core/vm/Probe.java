package io.vic4j.core.vm;

import java.time.Duration;
import java.util.Optional;

/**
 * How the guest finds out, again and again, how a session's process is. As Kubernetes' probes.
 *
 * @param action what it does; all but {@link GuestAction.Sleep}
 * @param initialDelay how long after the process began it is done the first time
 * @param period how long after it was begun it is begun again
 * @param timeout how long it may take; what takes longer has failed
 * @param successThreshold how often in a row it must go well after it has failed
 * @param failureThreshold how often in a row it must fail
 * @param grace how long a process that is ended for its failure has to end well; that of its {@link
 *     SessionLifecycle} where empty
 */
public record Probe(
    GuestAction action,
    Duration initialDelay,
    Duration period,
    Duration timeout,
    int successThreshold,
    int failureThreshold,
    Optional<Duration> grace) {
  /** How long from one to the next unless told otherwise: as Kubernetes has it. */
  public static final Duration DEFAULT_PERIOD = Duration.ofSeconds(10);

  /** How long it may take unless told otherwise: as Kubernetes has it. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);

  /** How often in a row it must fail unless told otherwise: as Kubernetes has it. */
  public static final int DEFAULT_FAILURES = 3;

  /**
   * Checks all fields. Durations are whole milliseconds.
   *
   * @throws InvalidSpecException if one is out of range
   */
  public Probe {
    check(!(action instanceof GuestAction.Sleep), "action", "to wait tells nothing");
    check(SessionLifecycle.isTime(initialDelay), "initialDelay", "it is no time to wait");
    check(SessionLifecycle.isTime(period) && !period.isZero(), "period", "it is no time to wait");
    check(
        SessionLifecycle.isTime(timeout) && !timeout.isZero(), "timeout", "it is no time to wait");
    check(successThreshold >= 1, "successThreshold", "want 1 or more, not " + successThreshold);
    check(failureThreshold >= 1, "failureThreshold", "want 1 or more, not " + failureThreshold);
    check(grace.stream().allMatch(SessionLifecycle::isTime), "grace", "it is no time to wait");
  }

  /** Does this at once, then every 10 seconds; three failures count, one success does. */
  public static Probe of(GuestAction action) {
    return new Probe(
        action,
        Duration.ZERO,
        DEFAULT_PERIOD,
        DEFAULT_TIMEOUT,
        1,
        DEFAULT_FAILURES,
        Optional.empty());
  }

  /** The same, so long after the begin. */
  public Probe withInitialDelay(Duration other) {
    return new Probe(action, other, period, timeout, successThreshold, failureThreshold, grace);
  }

  /** The same, so often. */
  public Probe withPeriod(Duration other) {
    return new Probe(
        action, initialDelay, other, timeout, successThreshold, failureThreshold, grace);
  }

  /** The same, with so much time. */
  public Probe withTimeout(Duration other) {
    return new Probe(
        action, initialDelay, period, other, successThreshold, failureThreshold, grace);
  }

  /** The same, with other thresholds. */
  public Probe withThresholds(int successes, int failures) {
    return new Probe(action, initialDelay, period, timeout, successes, failures, grace);
  }

  private static void check(boolean right, String field, String problem) {
    if (!right) {
      throw new InvalidSpecException("probe." + field, problem);
    }
  }
}
