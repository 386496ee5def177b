package io.vic4j.core.vm;

/** What the guest does when a session's process ends by itself. */
public enum RestartPolicy {
  /** Nothing: the session is over. */
  NEVER,
  /** Starts it again, unless it exited with 0. */
  ON_FAILURE,
  /** Starts it again. */
  ALWAYS;

  /** Whether a process that ended so is started again. */
  public boolean restarts(ExitStatus exit) {
    return this == ALWAYS || (this == ON_FAILURE && !exit.isSuccess());
  }
}
