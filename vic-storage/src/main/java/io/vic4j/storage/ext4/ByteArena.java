package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.util.Arrays;

/** Strings of bytes, kept end to end in one array and named by where they begin. */
final class ByteArena {
  private static final int MAX_BYTES = Integer.MAX_VALUE - 64;

  private byte[] bytes = new byte[1024];
  private int length = 1; // So that 0 is nobody's place.

  /** Makes room for this many more bytes at the place that is returned. */
  int reserve(int count) {
    if (count > MAX_BYTES - length) {
      throw new Ext4LimitException(
          Limit.INODES, "names, link targets and extended attributes have more than 2 GiB in all");
    }
    int at = length;
    if (length + count > bytes.length) {
      long grown = Math.max(length + (long) count, bytes.length + (bytes.length >>> 1));
      bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_BYTES, grown));
    }
    length += count;
    return at;
  }

  /** Keeps these bytes behind a byte that tells how many they are, at most 255. */
  int addShort(byte[] source, int count) {
    int at = reserve(1 + count);
    bytes[at] = (byte) count;
    System.arraycopy(source, 0, bytes, at + 1, count);
    return at;
  }

  /** The array behind it, valid until something is added. */
  byte[] array() {
    return bytes;
  }

  /** How many bytes {@link #addShort} kept at this place. */
  int shortLength(int at) {
    return bytes[at] & 0xFF;
  }

  /** A copy of what {@link #addShort} kept at this place. */
  byte[] shortBytes(int at) {
    return Arrays.copyOfRange(bytes, at + 1, at + 1 + shortLength(at));
  }
}
