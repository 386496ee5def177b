package io.vic4j.core;

import java.time.Duration;

/**
 * What was waited for has not happened within the time the caller gave. It may still happen:
 * nothing was undone, and the same call may be made again.
 */
public final class TimedOutException extends UnavailableException {
  private final Duration timeout;

  /**
   * Something that did not happen in time.
   *
   * @param what what was waited for, such as {@code "the end of container vm 'web'"}
   * @param timeout how long it was waited for
   */
  public TimedOutException(String what, Duration timeout) {
    super(what + " did not come within " + timeout, null);
    this.timeout = timeout;
  }

  /** How long the caller was ready to wait. */
  public Duration timeout() {
    return timeout;
  }
}
