package io.vic4j.storage.ext4;

import java.util.Arrays;

/** Bitmaps as ext4 has them: bit n is bit n mod 8 of byte n / 8. */
final class Bits {
  private Bits() {}

  /** Sets the bits from {@code from} up to, not including, {@code to}. */
  static void set(byte[] bitmap, int from, int to) {
    int at = from;
    while (at < to && (at & 7) != 0) {
      bitmap[at >>> 3] |= (byte) (1 << (at & 7));
      at++;
    }
    int whole = to & ~7;
    if (at < whole) {
      Arrays.fill(bitmap, at >>> 3, whole >>> 3, (byte) 0xFF);
      at = whole;
    }
    for (; at < to; at++) {
      bitmap[at >>> 3] |= (byte) (1 << (at & 7));
    }
  }

  /** Clears the bits from {@code from} up to, not including, {@code to}. */
  static void clear(byte[] bitmap, int from, int to) {
    int at = from;
    while (at < to && (at & 7) != 0) {
      bitmap[at >>> 3] &= (byte) ~(1 << (at & 7));
      at++;
    }
    int whole = to & ~7;
    if (at < whole) {
      Arrays.fill(bitmap, at >>> 3, whole >>> 3, (byte) 0);
      at = whole;
    }
    for (; at < to; at++) {
      bitmap[at >>> 3] &= (byte) ~(1 << (at & 7));
    }
  }
}
