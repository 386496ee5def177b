package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Extent;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds blocks by a tree of extents. From the inode down, each node is one level lower than the one
 * above and covers what that says, or it is refused; so no tree can make this loop. The nodes of
 * the last search are kept, for the next one is likely to take the same way.
 *
 * <p>Source: kernel documentation, ext4, "Extent Tree".
 */
final class ExtentMap implements FileMap {
  private static final int MAX_DEPTH = 5;

  private final ImageInode inode;
  private final ImageBlocks blocks;
  private final boolean checksums;
  private final int depth;
  private final long[] nodeBlocks = new long[MAX_DEPTH + 1];
  private final @Nullable ByteBuffer[] nodes = new ByteBuffer[MAX_DEPTH + 1];

  ExtentMap(ImageInode inode, ImageBlocks blocks, boolean checksums) {
    this.inode = inode;
    this.blocks = blocks;
    this.checksums = checksums;
    ByteBuffer root = inode.block();
    this.depth = unsigned(root, Extent.HEADER_DEPTH);
    if (depth > MAX_DEPTH) {
      throw Damage.of(inode.number(), "has a tree of extents of depth " + depth);
    }
    checkHeader(root, depth);
  }

  private static int unsigned(ByteBuffer buffer, int offset) {
    return buffer.getShort(offset) & 0xffff;
  }

  private void checkHeader(ByteBuffer node, int expectedDepth) {
    int entries = unsigned(node, Extent.HEADER_ENTRIES);
    int max = unsigned(node, Extent.HEADER_MAX);
    boolean fits = Extent.HEADER_BYTES + max * Extent.ENTRY_BYTES <= node.capacity();
    if (unsigned(node, Extent.HEADER_MAGIC) != Extent.MAGIC_VALUE
        || unsigned(node, Extent.HEADER_DEPTH) != expectedDepth
        || entries > max
        || !fits) {
      throw Damage.of(inode.number(), "has a node of extents that is none");
    }
    int at = Extent.HEADER_BYTES;
    long end = -1;
    for (int i = 0; i < entries; i++, at += Extent.ENTRY_BYTES) {
      long logical = logical(node, at);
      if (logical < end || (i > 0 && logical == end && expectedDepth > 0)) {
        throw Damage.of(inode.number(), "has extents out of order");
      }
      end = expectedDepth > 0 ? logical : logical + length(node, at);
    }
  }

  private static long logical(ByteBuffer node, int at) {
    return Integer.toUnsignedLong(node.getInt(at + Extent.LOGICAL));
  }

  /** How many blocks an extent has, whether they were ever written or not. */
  private long length(ByteBuffer node, int at) {
    int length = unsigned(node, at + Extent.LEAF_LENGTH);
    if (length == 0) {
      throw Damage.of(inode.number(), "has an empty extent");
    }
    return length > Extent.MAX_LENGTH ? length - Extent.MAX_LENGTH : length;
  }

  /** The last entry that begins at or before this block; −1 if none does. */
  private static int search(ByteBuffer node, long block) {
    int low = 0;
    int high = unsigned(node, Extent.HEADER_ENTRIES) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (logical(node, Extent.HEADER_BYTES + middle * Extent.ENTRY_BYTES) <= block) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return low - 1;
  }

  @Override
  public Run find(long block) {
    ByteBuffer node = inode.block();
    long end = MAX_BLOCKS; // Where what this node covers ends.
    for (int level = depth; level > 0; level--) {
      int index = search(node, block);
      end = nextLogical(node, index, end);
      if (index < 0) {
        return Run.hole(end - block);
      }
      node = child(node, Extent.HEADER_BYTES + index * Extent.ENTRY_BYTES, level - 1);
    }
    int index = search(node, block);
    end = nextLogical(node, index, end);
    if (index >= 0) {
      int at = Extent.HEADER_BYTES + index * Extent.ENTRY_BYTES;
      long offset = block - logical(node, at);
      Run run = run(node, at);
      if (offset < run.count()) {
        return run.from(offset);
      }
    }
    if (end <= block) {
      throw Damage.of(inode.number(), "has extents out of order");
    }
    return Run.hole(end - block);
  }

  private static long nextLogical(ByteBuffer node, int index, long end) {
    int next = index + 1;
    return next < unsigned(node, Extent.HEADER_ENTRIES)
        ? Math.min(end, logical(node, Extent.HEADER_BYTES + next * Extent.ENTRY_BYTES))
        : end;
  }

  private Run run(ByteBuffer node, int at) {
    long count = length(node, at);
    if (unsigned(node, at + Extent.LEAF_LENGTH) > Extent.MAX_LENGTH) {
      return Run.hole(count);
    }
    long first =
        Integer.toUnsignedLong(node.getInt(at + Extent.LEAF_START_LO))
            | (long) unsigned(node, at + Extent.LEAF_START_HI) << 32;
    if (!blocks.contains(first, count)) {
      throw Damage.of(inode.number(), "has " + count + " blocks at " + first);
    }
    return new Run(first, count);
  }

  private ByteBuffer child(ByteBuffer parent, int at, int level) {
    long block =
        Integer.toUnsignedLong(parent.getInt(at + Extent.INDEX_LEAF_LO))
            | (long) unsigned(parent, at + Extent.INDEX_LEAF_HI) << 32;
    ByteBuffer kept = nodes[level];
    if (kept != null && nodeBlocks[level] == block) {
      return kept;
    }
    if (!blocks.contains(block, 1)) {
      throw Damage.of(inode.number(), "has a node of extents at block " + block);
    }
    ByteBuffer node = blocks.read(block);
    checkHeader(node, level);
    if (checksums) {
      verify(node);
    }
    nodes[level] = node;
    nodeBlocks[level] = block;
    return node;
  }

  private void verify(ByteBuffer node) {
    int tail = Extent.HEADER_BYTES + unsigned(node, Extent.HEADER_MAX) * Extent.ENTRY_BYTES;
    if (tail + 4 > node.capacity()
        || ImageChecksum.update(inode.seed(), node, 0, tail) != node.getInt(tail)) {
      throw Damage.of(inode.number(), "has a node of extents with a wrong checksum");
    }
  }
}
