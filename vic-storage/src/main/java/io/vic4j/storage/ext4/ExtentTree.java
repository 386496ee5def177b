package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Extent;
import java.util.Arrays;

/**
 * Where the blocks of one file are, being gathered: runs of blocks, in ascending order of where
 * they stand in the file. When the file is complete, they become an extent tree: its root stands in
 * the inode, and what does not fit there goes to blocks behind the file's content.
 */
final class ExtentTree {
  private static final int RUN_WORDS = 3;

  private final BlockAllocator allocator;
  private final BlockStream stream;
  private final MetadataChecksum checksum;
  private final byte[] block = new byte[Layout.BLOCK_BYTES];

  /** For each run: its first block in the file, its first block on the disk, its length. */
  private int[] runs = new int[RUN_WORDS * 8];

  private int count;
  private int treeBlocks;
  private int[] treeBlockStarts = new int[8];

  ExtentTree(BlockAllocator allocator, BlockStream stream, MetadataChecksum checksum) {
    this.allocator = allocator;
    this.stream = stream;
    this.checksum = checksum;
  }

  /** Begins with no run. */
  void clear() {
    count = 0;
    treeBlocks = 0;
  }

  /** Adds a run behind the others. */
  void add(long logical, long start, long length) {
    int last = (count - 1) * RUN_WORDS;
    if (count > 0
        && Integer.toUnsignedLong(runs[last]) + runs[last + 2] == logical
        && Integer.toUnsignedLong(runs[last + 1]) + runs[last + 2] == start
        && runs[last + 2] + length <= Integer.MAX_VALUE) {
      runs[last + 2] += (int) length;
      return;
    }
    int at = count * RUN_WORDS;
    if (at == runs.length) {
      runs = Arrays.copyOf(runs, at * 2);
    }
    runs[at] = (int) logical;
    runs[at + 1] = (int) start;
    runs[at + 2] = (int) length;
    count++;
  }

  /** How many runs there are. */
  int count() {
    return count;
  }

  /** The first block on the disk. */
  int firstBlock() {
    return runs[1];
  }

  /** Whether this is one run, from the file's start, which an inode alone can describe. */
  boolean isOneRun(long blocks) {
    return count == 1
        && runs[0] == 0
        && runs[2] == blocks
        && blocks <= (long) Extent.IN_INODE * Extent.MAX_LENGTH;
  }

  /** Writes the root of a tree that is {@linkplain #isOneRun one run} into an inode. */
  static void encodeOneRun(long start, long blocks, byte[] target, int offset) {
    int entries = (int) ((blocks + Extent.MAX_LENGTH - 1) / Extent.MAX_LENGTH);
    encodeHeader(target, offset, entries, Extent.IN_INODE, 0);
    for (int i = 0; i < entries; i++) {
      long done = (long) i * Extent.MAX_LENGTH;
      int length = (int) Math.min(Extent.MAX_LENGTH, blocks - done);
      int at = offset + Extent.HEADER_BYTES + i * Extent.ENTRY_BYTES;
      encodeLeaf(target, at, (int) done, (int) (start + done), length);
    }
  }

  /**
   * Writes the tree's blocks, takes them from the allocator, and keeps the rest in a table.
   *
   * <p>From below: the extents fill leaf blocks; one index entry for each leaf block fills index
   * blocks; and so on, until the entries of a level fit into the inode.
   */
  int store(int inode, ContentTable table) {
    int[] level = extents();
    int entries = level.length / RUN_WORDS;
    int depth = 0;
    while (entries > Extent.IN_INODE) {
      int blocks = (entries + Extent.IN_BLOCK - 1) / Extent.IN_BLOCK;
      int[] above = new int[blocks * RUN_WORDS];
      for (int i = 0; i < blocks; i++) {
        int from = i * Extent.IN_BLOCK;
        int to = Math.min(entries, from + Extent.IN_BLOCK);
        above[i * RUN_WORDS] = level[from * RUN_WORDS];
        above[i * RUN_WORDS + 1] = (int) writeBlock(inode, level, from, to, depth);
      }
      level = above;
      entries = blocks;
      depth++;
    }
    byte[] root = new byte[Layout.Inode.BLOCK_AREA_BYTES];
    encodeHeader(root, 0, entries, Extent.IN_INODE, depth);
    encodeEntries(root, level, 0, entries, depth);
    int place = table.begin(root);
    for (int i = 0; i < count; i++) {
      table.addRun(runs[i * RUN_WORDS + 1], runs[i * RUN_WORDS + 2]);
    }
    for (int i = 0; i < treeBlocks; i++) {
      table.addRun(treeBlockStarts[i], 1);
    }
    return place;
  }

  /** The runs, cut into what one extent may have. */
  private int[] extents() {
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += (int) ((runs[i * RUN_WORDS + 2] + Extent.MAX_LENGTH - 1L) / Extent.MAX_LENGTH);
    }
    int[] extents = new int[total * RUN_WORDS];
    int at = 0;
    for (int i = 0; i < count * RUN_WORDS; i += RUN_WORDS) {
      for (int done = 0; done < runs[i + 2]; done += Extent.MAX_LENGTH) {
        extents[at++] = runs[i] + done;
        extents[at++] = runs[i + 1] + done;
        extents[at++] = Math.min(Extent.MAX_LENGTH, runs[i + 2] - done);
        if (runs[i + 2] - done <= Extent.MAX_LENGTH) {
          break; // A step further could overflow.
        }
      }
    }
    return extents;
  }

  private long writeBlock(int inode, int[] level, int from, int to, int depth) {
    Arrays.fill(block, (byte) 0);
    encodeHeader(block, 0, to - from, Extent.IN_BLOCK, depth);
    encodeEntries(block, level, from, to, depth);
    LittleEndian.putInt(block, Extent.TAIL, checksum.ofInodePart(inode, block, 0, Extent.TAIL));
    allocator.available();
    long at = allocator.take(1);
    stream.seek(at);
    stream.put(block, 0, Layout.BLOCK_BYTES);
    if (treeBlocks == treeBlockStarts.length) {
      treeBlockStarts = Arrays.copyOf(treeBlockStarts, treeBlocks * 2);
    }
    treeBlockStarts[treeBlocks++] = (int) at;
    return at;
  }

  private static void encodeHeader(byte[] target, int at, int entries, int max, int depth) {
    LittleEndian.putShort(target, at + Extent.HEADER_MAGIC, Extent.MAGIC_VALUE);
    LittleEndian.putShort(target, at + Extent.HEADER_ENTRIES, entries);
    LittleEndian.putShort(target, at + Extent.HEADER_MAX, max);
    LittleEndian.putShort(target, at + Extent.HEADER_DEPTH, depth);
  }

  private static void encodeEntries(byte[] target, int[] level, int from, int to, int depth) {
    int at = Extent.HEADER_BYTES;
    for (int i = from * RUN_WORDS; i < to * RUN_WORDS; i += RUN_WORDS) {
      if (depth == 0) {
        encodeLeaf(target, at, level[i], level[i + 1], level[i + 2]);
      } else {
        LittleEndian.putInt(target, at + Extent.LOGICAL, level[i]);
        LittleEndian.putInt(target, at + Extent.INDEX_LEAF_LO, level[i + 1]);
      }
      at += Extent.ENTRY_BYTES;
    }
  }

  private static void encodeLeaf(byte[] target, int at, int logical, int start, int length) {
    LittleEndian.putInt(target, at + Extent.LOGICAL, logical);
    LittleEndian.putShort(target, at + Extent.LEAF_LENGTH, length);
    LittleEndian.putInt(target, at + Extent.LEAF_START_LO, start);
  }
}
