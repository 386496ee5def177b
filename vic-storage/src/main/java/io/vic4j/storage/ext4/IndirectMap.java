package io.vic4j.storage.ext4;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds blocks by the map of ext2 and ext3: twelve block numbers in the inode, then one each of a
 * block of numbers, of a block of such blocks, and one level more.
 *
 * <p>Source: kernel documentation, ext4, "Direct/Indirect Block Addressing".
 */
final class IndirectMap implements FileMap {
  private static final int DIRECT = 12;
  private static final int LEVELS = 3;

  private final ImageInode inode;
  private final ImageBlocks blocks;
  private final int perBlock;
  private final long[] nodeBlocks = new long[LEVELS];
  private final @Nullable ByteBuffer[] nodes = new ByteBuffer[LEVELS];

  IndirectMap(ImageInode inode, ImageBlocks blocks) {
    this.inode = inode;
    this.blocks = blocks;
    this.perBlock = blocks.blockBytes() / Integer.BYTES;
  }

  @Override
  public Run find(long block) {
    ByteBuffer root = inode.block();
    if (block < DIRECT) {
      return run(root, (int) block, DIRECT);
    }
    long index = block - DIRECT;
    long covered = perBlock; // By one number in the inode.
    for (int level = 0; level < LEVELS; level++) {
      if (index < covered) {
        return descend(root, DIRECT + level, level, index, covered);
      }
      index -= covered;
      covered *= perBlock;
    }
    return Run.hole(Math.max(1, MAX_BLOCKS - block));
  }

  private Run descend(ByteBuffer root, int slot, int level, long index, long covered) {
    ByteBuffer node = root;
    int entry = slot;
    long left = index;
    long size = covered;
    for (int below = level; below >= 0; below--) {
      long next = Integer.toUnsignedLong(node.getInt(entry * Integer.BYTES));
      if (next == 0) {
        return Run.hole(size - left);
      }
      node = node(next, below);
      size /= perBlock;
      entry = (int) (left / size);
      left %= size;
    }
    return run(node, entry, perBlock);
  }

  private ByteBuffer node(long block, int level) {
    ByteBuffer kept = nodes[level];
    if (kept != null && nodeBlocks[level] == block) {
      return kept;
    }
    if (!blocks.contains(block, 1)) {
      throw Damage.of(inode.number(), "has a map at block " + block);
    }
    ByteBuffer node = blocks.read(block);
    nodes[level] = node;
    nodeBlocks[level] = block;
    return node;
  }

  /** The numbers from this entry on that follow each other, or are all 0. */
  private Run run(ByteBuffer node, int entry, int end) {
    long first = Integer.toUnsignedLong(node.getInt(entry * Integer.BYTES));
    int count = 1;
    while (entry + count < end) {
      long next = Integer.toUnsignedLong(node.getInt((entry + count) * Integer.BYTES));
      if (next != (first == 0 ? 0 : first + count)) {
        break;
      }
      count++;
    }
    if (first != 0 && !blocks.contains(first, count)) {
      throw Damage.of(inode.number(), "has " + count + " blocks at " + first);
    }
    return new Run(first, count);
  }
}
