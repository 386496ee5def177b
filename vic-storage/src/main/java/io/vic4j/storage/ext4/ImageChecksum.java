package io.vic4j.storage.ext4;

import java.nio.ByteBuffer;

/**
 * Checksums of a file system that may be anybody's: CRC-32C without the final inversion, each begun
 * with the file system's seed (kernel documentation, ext4, "Checksums").
 *
 * <p>Not with {@link java.util.zip.CRC32C}, which cannot begin with a seed: with
 * metadata_csum_seed, that is any number.
 */
final class ImageChecksum {
  private static final int POLYNOMIAL = 0x82F63B78; // CRC-32C, reflected.
  private static final int[] TABLE = table();

  private ImageChecksum() {}

  private static int[] table() {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int value = i;
      for (int bit = 0; bit < 8; bit++) {
        value = (value >>> 1) ^ ((value & 1) != 0 ? POLYNOMIAL : 0);
      }
      table[i] = value;
    }
    return table;
  }

  /** The seed of a file system that does not keep one: the checksum of its UUID. */
  static int seedOf(byte[] uuid) {
    return update(~0, uuid, 0, uuid.length);
  }

  /** Goes on with {@code length} bytes. */
  static int update(int seed, byte[] bytes, int offset, int length) {
    int value = seed;
    for (int i = offset; i < offset + length; i++) {
      value = (value >>> 8) ^ TABLE[(value ^ bytes[i]) & 0xff];
    }
    return value;
  }

  /** Goes on with {@code length} bytes. */
  static int update(int seed, ByteBuffer bytes, int offset, int length) {
    int value = seed;
    for (int i = offset; i < offset + length; i++) {
      value = (value >>> 8) ^ TABLE[(value ^ bytes.get(i)) & 0xff];
    }
    return value;
  }

  /** Goes on with a number of 32 bits. */
  static int updateInt(int seed, int number) {
    byte[] bytes = new byte[4];
    LittleEndian.putInt(bytes, 0, number);
    return update(seed, bytes, 0, 4);
  }

  /** Goes on with this many zeros: in place of a field that holds the checksum itself. */
  static int updateZeros(int seed, int count) {
    return update(seed, new byte[count], 0, count);
  }
}
