package io.vic4j.storage.ext4;

import java.util.Arrays;

/**
 * What an inode cannot say by itself about where its blocks are: for each such inode the root of
 * its extent tree, and the runs of blocks that it has in all, those of the tree included.
 */
final class ContentTable {
  private static final int ROOT_WORDS = Layout.Inode.BLOCK_AREA_BYTES / 4;

  private int[] words = new int[256];
  private int length = 1;
  private int begun;

  /** Begins an entry, whose runs follow, and gives its place. */
  int begin(byte[] root) {
    ensure(ROOT_WORDS + 1);
    begun = length;
    for (int i = 0; i < ROOT_WORDS; i++) {
      words[length++] = LittleEndian.getInt(root, i * 4);
    }
    words[length++] = 0;
    return begun;
  }

  /** Adds a run to the entry that was begun last. */
  void addRun(int start, int blocks) {
    ensure(2);
    words[length++] = start;
    words[length++] = blocks;
    words[begun + ROOT_WORDS]++;
  }

  private void ensure(int more) {
    if (length + more > words.length) {
      words = Arrays.copyOf(words, words.length * 2);
    }
  }

  /** Writes the root of a tree into an inode. */
  void encodeRoot(int place, byte[] target, int offset) {
    for (int i = 0; i < ROOT_WORDS; i++) {
      LittleEndian.putInt(target, offset + i * 4, words[place + i]);
    }
  }

  /** How many blocks an entry has in all. */
  long blocks(int place) {
    long blocks = 0;
    int runs = words[place + ROOT_WORDS];
    for (int i = 0; i < runs; i++) {
      blocks += words[place + ROOT_WORDS + 2 + 2 * i];
    }
    return blocks;
  }

  /** Gives all blocks of an entry back. */
  void release(int place, BlockAllocator allocator) {
    int runs = words[place + ROOT_WORDS];
    for (int i = 0; i < runs; i++) {
      int at = place + ROOT_WORDS + 1 + 2 * i;
      allocator.release(Integer.toUnsignedLong(words[at]), words[at + 1]);
    }
  }
}
