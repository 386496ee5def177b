package io.vic4j.storage.vmdk;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first sector of a sparse extent, and the footer of a stream-optimized one.
 *
 * <p>Source: Virtual Disk Format 5.0, "Hosted Sparse Extents" and "Stream-Optimized Compressed
 * Sparse Extents". Offsets and sizes are in sectors of 512 bytes.
 *
 * @param version 1; 2 if grains may be marked as zero; 3 if they are compressed
 * @param flags see the constants
 * @param capacity of the extent
 * @param grainSize a power of two
 * @param descriptorOffset of the embedded descriptor
 * @param descriptorSize of the embedded descriptor, 0 if there is none
 * @param redundantDirectory offset of the second grain directory, 0 if there is none
 * @param directory offset of the grain directory, or {@link #DIRECTORY_AT_END}
 * @param overhead size of all that comes before the first grain
 */
record SparseHeader(
    int version,
    int flags,
    long capacity,
    long grainSize,
    long descriptorOffset,
    long descriptorSize,
    long redundantDirectory,
    long directory,
    long overhead) {
  static final int SECTOR = VmdkExtent.SECTOR_BYTES;
  static final int MAGIC = 0x564d444b; // "KDMV" in little-endian order.
  static final int COWD_MAGIC = 0x44574f43; // "COWD": ESXi's sparse format.
  static final int ENTRIES_PER_TABLE = 512;
  static final int TABLE_SECTORS = ENTRIES_PER_TABLE * Integer.BYTES / SECTOR;
  static final int GRAIN_SECTORS = 128;

  /** In place of the directory's offset: the footer has it. */
  static final long DIRECTORY_AT_END = -1;

  static final int NEWLINES_VALID = 1;
  static final int REDUNDANT_TABLES = 1 << 1;
  static final int ZEROED_GRAINS = 1 << 2;
  static final int COMPRESSED = 1 << 16;
  static final int MARKERS = 1 << 17;

  // Reading bounds: 2 MiB in a grain, 16 MiB in a grain directory (8 TiB with usual grains … more
  // than the 2 TiB that 32-bit sector numbers can reach).
  private static final int MAX_GRAIN_SECTORS = 4096;
  private static final int MAX_DIRECTORY_ENTRIES = 4 << 20;

  private static final int NEWLINES_AT = 73;
  private static final byte[] NEWLINES = {'\n', ' ', '\r', '\n'};
  private static final int DEFLATE = 1;

  static boolean isMagic(ByteBuffer start) {
    return start.remaining() >= 4 && start.order(ByteOrder.LITTLE_ENDIAN).getInt(0) == MAGIC;
  }

  /** Reads a sector that begins with the magic number, and checks what can be without the file. */
  static SparseHeader parse(ByteBuffer sector) {
    if (sector.remaining() < SECTOR || !isMagic(sector)) {
      throw corrupt("it has no header where there should be one");
    }
    ByteBuffer in = sector.slice().order(ByteOrder.LITTLE_ENDIAN);
    SparseHeader header =
        new SparseHeader(
            in.getInt(4),
            in.getInt(8),
            in.getLong(12),
            in.getLong(20),
            in.getLong(28),
            in.getLong(36),
            in.getLong(48),
            in.getLong(56),
            in.getLong(64));
    if (header.version < 1 || header.version > 3) {
      throw new UnsupportedException("not supported in a VMDK: version " + header.version);
    }
    if (in.getInt(44) != ENTRIES_PER_TABLE) {
      throw corrupt("it has " + in.getInt(44) + " entries in a grain table, not 512");
    }
    for (int i = 0; i < NEWLINES.length && header.has(NEWLINES_VALID); i++) {
      if (in.get(NEWLINES_AT + i) != NEWLINES[i]) {
        throw corrupt("a transfer as text has changed its line ends; transfer it as binary");
      }
    }
    int algorithm = in.getShort(77);
    if (algorithm != (header.has(COMPRESSED) ? DEFLATE : 0)) {
      throw new UnsupportedException("not supported in a VMDK: compression " + algorithm);
    }
    if (header.has(COMPRESSED) != header.has(MARKERS)) {
      throw new UnsupportedException("not supported in a VMDK: compression without markers");
    }
    header.checkSizes();
    return header;
  }

  private void checkSizes() {
    if (capacity <= 0 || capacity > VmdkExtent.MAX_SIZE_BYTES / SECTOR) {
      throw corrupt("its capacity is " + Long.toUnsignedString(capacity) + " sectors");
    }
    if (grainSize < 8 || grainSize > MAX_GRAIN_SECTORS || Long.bitCount(grainSize) != 1) {
      throw corrupt("its grains have " + Long.toUnsignedString(grainSize) + " sectors");
    }
    if (tables() > MAX_DIRECTORY_ENTRIES) {
      throw new UnsupportedException(
          "not supported in a VMDK: a grain directory of " + tables() + " entries");
    }
    long farthest = VmdkExtent.MAX_SIZE_BYTES / SECTOR;
    boolean sane =
        inRange(descriptorOffset, 0, farthest)
            && inRange(descriptorSize, 0, farthest)
            && inRange(overhead, 1, farthest)
            && (directory == DIRECTORY_AT_END || inRange(directory, 1, farthest));
    if (!sane) {
      throw corrupt("its header has an offset outside of any file");
    }
  }

  private static boolean inRange(long value, long min, long max) {
    return value >= min && value <= max;
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  long capacityBytes() {
    return capacity * SECTOR;
  }

  int grainBytes() {
    return (int) grainSize * SECTOR;
  }

  long grains() {
    return (capacity + grainSize - 1) / grainSize;
  }

  /** How many grain tables there are, and so entries in the grain directory. */
  long tables() {
    return (grains() + ENTRIES_PER_TABLE - 1) / ENTRIES_PER_TABLE;
  }

  /** The grain directory's size in whole sectors. */
  long directorySectors() {
    return sectors(tables() * Integer.BYTES);
  }

  static long sectors(long bytes) {
    return (bytes + SECTOR - 1) / SECTOR;
  }

  SparseHeader withDirectory(long offset) {
    return withTables(redundantDirectory, offset, overhead);
  }

  SparseHeader withTables(long newRedundant, long newDirectory, long newOverhead) {
    return new SparseHeader(
        version,
        flags,
        capacity,
        grainSize,
        descriptorOffset,
        descriptorSize,
        newRedundant,
        newDirectory,
        newOverhead);
  }

  /** The sector. */
  ByteBuffer render() {
    ByteBuffer out = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(version).putInt(flags);
    out.putLong(capacity).putLong(grainSize);
    out.putLong(descriptorOffset).putLong(descriptorSize);
    out.putInt(ENTRIES_PER_TABLE);
    out.putLong(redundantDirectory).putLong(directory).putLong(overhead);
    out.put((byte) 0); // A clean shutdown.
    out.put(NEWLINES);
    out.putShort((short) (has(COMPRESSED) ? DEFLATE : 0));
    return out.rewind();
  }

  static CorruptException corrupt(String why) {
    return new CorruptException("not a sound VMDK: " + why, null);
  }
}
