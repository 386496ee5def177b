package io.vic4j.storage.ext4;

/**
 * The block groups: how many there are and where their bitmaps and inode tables lie, which is all
 * together and not in the groups themselves ("flex_bg", as {@code mke2fs -E packed_meta_blocks}).
 */
final class Groups {
  private static final int MAX_INODES_PER_GROUP = Layout.BLOCK_BYTES * 8;

  /** A last group that stands only for its inodes still has some blocks. */
  private static final int MIN_LAST_GROUP_BLOCKS = 64;

  private final long totalBlocks;
  private final int count;
  private final int inodesPerGroup;
  private final int[] blockBitmaps;
  private final int[] inodeBitmaps;
  private final int[] inodeTables;

  private Groups(
      long totalBlocks,
      int count,
      int inodesPerGroup,
      int[] blockBitmaps,
      int[] inodeBitmaps,
      int[] inodeTables) {
    this.totalBlocks = totalBlocks;
    this.count = count;
    this.inodesPerGroup = inodesPerGroup;
    this.blockBitmaps = blockBitmaps;
    this.inodeBitmaps = inodeBitmaps;
    this.inodeTables = inodeTables;
  }

  /** For a file system of a fixed size: its structures come before any content. */
  static Groups ofFixedSize(Geometry geometry, BlockAllocator allocator, long bytesPerInode) {
    long blocks = geometry.limitBlocks();
    long inodes = (blocks << Layout.BLOCK_SHIFT) / bytesPerInode;
    int count = geometry.limitGroups();
    int perGroup = Math.min(MAX_INODES_PER_GROUP, inodesPerGroup(inodes, count));
    return place(blocks, count, perGroup, allocator);
  }

  /**
   * For a file system that is complete but for these structures. There are as many groups as its
   * blocks need, or more if its inodes need more; the bitmaps and tables are blocks themselves, so
   * the number is raised until it suffices.
   */
  static Groups ofContent(Geometry geometry, BlockAllocator allocator, long inodes) {
    int count = 1;
    while (true) {
      int perGroup = inodesPerGroup(inodes, count);
      long own = 2L * count + (long) count * (perGroup / Layout.Inode.PER_BLOCK);
      int needed = Geometry.groups(allocator.end() + own);
      if (perGroup > MAX_INODES_PER_GROUP) {
        count++;
      } else if (needed > count) {
        count = needed;
      } else {
        long least =
            (count - 1L) * Layout.BLOCKS_PER_GROUP + (count > 1 ? MIN_LAST_GROUP_BLOCKS : 0);
        geometry.checkLimit(least);
        Groups placed = place(0, count, perGroup, allocator);
        return placed.withTotalBlocks(Math.max(least, allocator.end()));
      }
    }
  }

  private static int inodesPerGroup(long inodes, int count) {
    long perGroup = (inodes + count - 1) / count;
    int unit = Layout.Inode.PER_BLOCK;
    return (int) Math.min(Integer.MAX_VALUE / 2, Math.max(1, (perGroup + unit - 1) / unit) * unit);
  }

  private static Groups place(
      long totalBlocks, int count, int inodesPerGroup, BlockAllocator allocator) {
    int tableBlocks = inodesPerGroup / Layout.Inode.PER_BLOCK;
    return new Groups(
        totalBlocks,
        count,
        inodesPerGroup,
        placeEach(count, 1, allocator),
        placeEach(count, 1, allocator),
        placeEach(count, tableBlocks, allocator));
  }

  private static int[] placeEach(int count, int blocks, BlockAllocator allocator) {
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = (int) allocator.takeRun(blocks);
    }
    return places;
  }

  private Groups withTotalBlocks(long blocks) {
    return new Groups(blocks, count, inodesPerGroup, blockBitmaps, inodeBitmaps, inodeTables);
  }

  /** The size of the file system. */
  long totalBlocks() {
    return totalBlocks;
  }

  /** The number of groups. */
  int count() {
    return count;
  }

  /** The number of inodes in each, a multiple of what fits into a block. */
  int inodesPerGroup() {
    return inodesPerGroup;
  }

  /** The block with a group's bitmap of blocks. */
  long blockBitmap(int group) {
    return Integer.toUnsignedLong(blockBitmaps[group]);
  }

  /** The block with a group's bitmap of inodes. */
  long inodeBitmap(int group) {
    return Integer.toUnsignedLong(inodeBitmaps[group]);
  }

  /** The first block of a group's inodes. */
  long inodeTable(int group) {
    return Integer.toUnsignedLong(inodeTables[group]);
  }

  /** The number of inodes, used or not. */
  long inodes() {
    return (long) count * inodesPerGroup;
  }

  /** The number of the first inode of a group. */
  long firstInode(int group) {
    return (long) group * inodesPerGroup + 1;
  }
}
