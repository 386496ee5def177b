package io.vic4j.image.registry;

import java.time.Duration;

/**
 * How often and after which waits a request is tried again that failed for a reason that may pass:
 * a dropped or stalled connection, 408, 429 or 5xx.
 *
 * <p>Waits double from {@code firstWait} up to {@code longestWait}; each is shortened by a random
 * part of at most a half, so that clients do not come back all at once. Where the registry says how
 * long to wait (Retry-After), that is kept instead, up to {@code longestRetryAfter}. A blob that
 * got on by 64 KiB or more since the last failure starts to count anew.
 *
 * @param attempts how often a request is sent at most, the first time included; at least 1
 * @param firstWait the wait before the second attempt
 * @param longestWait the most that is waited without the registry's asking for it
 * @param longestRetryAfter the most that is waited at the registry's wish
 */
public record RetryPolicy(
    int attempts, Duration firstWait, Duration longestWait, Duration longestRetryAfter) {
  /** Six attempts within about half a minute, or as slowly as the registry asks for. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(6, Duration.ofMillis(500), Duration.ofSeconds(15), Duration.ofMinutes(2));

  /** No second attempt at anything. */
  public static final RetryPolicy NEVER =
      new RetryPolicy(1, Duration.ZERO, Duration.ZERO, Duration.ZERO);

  /** Checks that there is an attempt and that no wait is negative. */
  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("at least one attempt is needed, not " + attempts);
    }
    if (firstWait.isNegative() || longestRetryAfter.isNegative()) {
      throw new IllegalArgumentException("waits must not be negative");
    }
    if (longestWait.compareTo(firstWait) < 0) {
      throw new IllegalArgumentException(
          "the longest wait, " + longestWait + ", is shorter than the first, " + firstWait);
    }
  }

  /** The longest wait after the given failed attempt, counted from 1. */
  Duration waitAfter(int attempt) {
    Duration wait = firstWait;
    for (int i = 1; i < attempt && wait.compareTo(longestWait) < 0; i++) {
      wait = wait.multipliedBy(2);
    }
    return wait.compareTo(longestWait) < 0 ? wait : longestWait;
  }
}
