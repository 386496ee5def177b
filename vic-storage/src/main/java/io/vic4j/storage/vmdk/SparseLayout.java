package io.vic4j.storage.vmdk;

import io.vic4j.core.UnsupportedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What the writers of sparse disks share. */
final class SparseLayout {
  /** Room for the embedded descriptor, as VMware leaves it. */
  static final int DESCRIPTOR_SECTORS = 20;

  /** How much of the disk one grain table is about. */
  static final long TABLE_COVERS_BYTES =
      (long) SparseHeader.ENTRIES_PER_TABLE * SparseHeader.GRAIN_SECTORS * SparseHeader.SECTOR;

  private static final ByteBuffer ZERO_GRAIN =
      ByteBuffer.allocate(SparseHeader.GRAIN_SECTORS * SparseHeader.SECTOR).asReadOnlyBuffer();

  private static final long MAX_CAPACITY_BYTES = 2L << 40;

  private SparseLayout() {}

  /** Checks the capacity; sector numbers of 32 bits reach 2 TiB. */
  static SparseHeader checkedHeader(SparseHeader header, long capacityBytes) {
    if (capacityBytes <= 0 || capacityBytes % SparseHeader.SECTOR != 0) {
      throw new IllegalArgumentException(
          "the capacity of a disk must be a multiple of 512: " + capacityBytes);
    }
    if (capacityBytes > MAX_CAPACITY_BYTES) {
      throw new UnsupportedException(
          "a sparse VMDK holds at most 2 TiB, not " + capacityBytes + " bytes; use a flat one");
    }
    return header;
  }

  /** A sector's number as an entry in a table. */
  static int entry(long sector) {
    if (sector > 0xffffffffL) {
      throw new UnsupportedException("a sparse VMDK cannot hold more than 2 TiB of data");
    }
    return (int) sector;
  }

  /** Whether this, at most a grain, is all zero and so needs no room. */
  static boolean isZero(ByteBuffer content) {
    return content.mismatch(ZERO_GRAIN.slice(0, content.remaining())) < 0;
  }

  static byte[] bytes(int[] entries) {
    ByteBuffer buffer =
        ByteBuffer.allocate(entries.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asIntBuffer().put(entries);
    return buffer.array();
  }
}
