package io.vic4j.storage.ext4;

import java.util.Arrays;

/**
 * Hands out blocks, one after the other; what is given back is not handed out again, but is free in
 * the bitmaps. Blocks that hold backups of the superblock are passed over.
 */
final class BlockAllocator {
  /** A free run is kept as one number that sorts by start: start above this many bits of length. */
  private static final int LENGTH_BITS = 31;

  private final Geometry geometry;
  private long cursor;
  private long obstacle;
  private long[] free = new long[16];
  private int freeCount;

  BlockAllocator(Geometry geometry) {
    this.geometry = geometry;
    this.cursor = geometry.headBlocks();
    this.obstacle = geometry.nextBackup(cursor);
  }

  /** The block after the last one handed out: what lies behind is free, backups aside. */
  long end() {
    return cursor;
  }

  /** How many blocks may be taken in one run, 1 or more. */
  long available() {
    while (cursor == obstacle) {
      cursor += geometry.headBlocks();
      obstacle = geometry.nextBackup(cursor);
    }
    long room = Math.min(obstacle, geometry.limitBlocks()) - cursor;
    if (room <= 0) {
      throw geometry.full();
    }
    return room;
  }

  /** Takes a run of at most {@link #available} blocks, and gives its first one. */
  long take(long blocks) {
    long start = cursor;
    cursor += blocks;
    return start;
  }

  /** Takes a run of this many blocks, passing over places that are too short. */
  long takeRun(long blocks) {
    while (available() < blocks) {
      long gap = available();
      release(take(gap), gap);
    }
    return take(blocks);
  }

  /** Gives back a run. */
  void release(long start, long blocks) {
    if (blocks == 0) {
      return;
    }
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount * 2);
    }
    free[freeCount++] = (start << LENGTH_BITS) | blocks;
  }

  /** Sorts what was given back; nothing is taken or given back after. */
  void seal() {
    Arrays.sort(free, 0, freeCount);
  }

  /**
   * Fills in the bitmap of a group, a bit for each block, and gives the number of free blocks. Only
   * after {@link #seal}.
   *
   * @param totalBlocks the size of the file system
   */
  int bitmap(int group, long totalBlocks, byte[] bitmap) {
    long first = (long) group * Layout.BLOCKS_PER_GROUP;
    int size = (int) Math.min(Layout.BLOCKS_PER_GROUP, totalBlocks - first);
    int used = (int) Math.max(0, Math.min(size, cursor - first));
    Arrays.fill(bitmap, (byte) 0);
    Bits.set(bitmap, 0, used);
    if (geometry.hasBackup(group)) {
      int head = (int) Math.min(size, geometry.headBlocks());
      Bits.set(bitmap, 0, head);
      used = Math.max(used, head);
    }
    Bits.set(bitmap, size, Layout.BLOCKS_PER_GROUP);
    int freeBlocks = size - used;
    for (int i = firstFreeRunEndingAfter(first); i < freeCount; i++) {
      long start = (free[i] >>> LENGTH_BITS) - first;
      long end = start + (free[i] & (1L << LENGTH_BITS) - 1);
      if (start >= size) {
        break;
      }
      int from = (int) Math.max(0, start);
      int to = (int) Math.max(0, Math.min(size, end));
      if (from < to) {
        Bits.clear(bitmap, from, to);
        freeBlocks += to - from;
      }
    }
    return freeBlocks;
  }

  private int firstFreeRunEndingAfter(long block) {
    int at = Arrays.binarySearch(free, 0, freeCount, block << LENGTH_BITS);
    int index = at < 0 ? ~at : at;
    return Math.max(0, index - 1);
  }
}
