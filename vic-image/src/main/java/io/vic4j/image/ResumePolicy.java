package io.vic4j.image;

import java.time.Duration;

/**
 * Which requests that a service left behind are gone on with, and which are abandoned.
 *
 * @param maxAge those that were requested longer ago than this are abandoned
 * @param maxAttempts those that so many services have had already are abandoned, for they may be
 *     what ended them
 */
public record ResumePolicy(Duration maxAge, int maxAttempts) {
  /** A day, and three attempts. */
  public static final ResumePolicy DEFAULT = new ResumePolicy(Duration.ofDays(1), 3);

  /** Abandons all. */
  public static final ResumePolicy ABANDON = new ResumePolicy(Duration.ZERO, 0);

  /** Checks that nothing is negative. */
  public ResumePolicy {
    if (maxAge.isNegative() || maxAttempts < 0) {
      throw new IllegalArgumentException("negative: " + maxAge + ", " + maxAttempts);
    }
  }
}
