package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Inode;

/** Where the blocks of a file are. For use by one thread. */
interface FileMap {
  /** More blocks than a file can have: 32-bit numbers. */
  long MAX_BLOCKS = 1L << 32;

  /**
   * Blocks of a file that lie side by side, or a hole.
   *
   * @param first the first block on the disk, checked to be in the file system; 0 for a hole
   * @param count how many blocks, 1 or more
   */
  record Run(long first, long count) {
    static Run hole(long count) {
      return new Run(0, count);
    }

    boolean isHole() {
      return first == 0;
    }

    /** What is left of it without its first blocks. */
    Run from(long skipped) {
      return new Run(isHole() ? 0 : first + skipped, count - skipped);
    }
  }

  /** What begins at this block of the file. */
  Run find(long block);

  /** The map of an inode that keeps its content in blocks. */
  static FileMap of(ImageInode inode, ImageBlocks blocks, boolean checksums) {
    return inode.hasFlag(Inode.FLAG_EXTENTS)
        ? new ExtentMap(inode, blocks, checksums)
        : new IndirectMap(inode, blocks);
  }
}
