package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.time.Instant;

/**
 * A time as an inode keeps it: 32 signed bits of seconds, and a second word with 30 bits of
 * nanoseconds above two bits that extend the seconds (kernel documentation, ext4, "Inode
 * Timestamps").
 */
final class InodeTime {
  private static final long EPOCHS = 4;
  static final long MIN_SECONDS = Integer.MIN_VALUE;
  static final long MAX_SECONDS = (EPOCHS << 32) + Integer.MIN_VALUE - 1;

  private InodeTime() {}

  /** Refuses a time that an inode cannot keep. */
  static void check(Instant time) {
    long seconds = time.getEpochSecond();
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
      throw new Ext4LimitException(
          Limit.TIME,
          "time "
              + time
              + " is out of range: ext4 keeps "
              + Instant.ofEpochSecond(MIN_SECONDS)
              + " to "
              + Instant.ofEpochSecond(MAX_SECONDS));
    }
  }

  /** The first word: the lower 32 bits of the seconds. */
  static int low(long seconds) {
    return (int) seconds;
  }

  /** The second word: nanoseconds and epoch. */
  static int extra(long seconds, int nanos) {
    return (nanos << 2) | ((int) ((seconds - (int) seconds) >>> 32) & 3);
  }

  /** The time in two words. */
  static Instant decode(int low, int extra) {
    return Instant.ofEpochSecond(low + ((long) (extra & 3) << 32), extra >>> 2);
  }
}
