package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import io.vic4j.storage.ext4.NodeTable.Content;

/**
 * Writes the content of one file after the other, each from the start of a block, and notes in the
 * node where it is. Directories, long link targets and the journal are files here too.
 */
final class ContentWriter {
  /** The last logical block has the number 2^32 - 2. */
  private static final long MAX_BYTES = 0xFFFF_FFFFL << Layout.BLOCK_SHIFT;

  private final BlockAllocator allocator;
  private final BlockStream stream;
  private final NodeTable nodes;
  private final ContentTable contents;
  private final ExtentTree tree;

  private int node;

  /** How long the file is so far. */
  private long size;

  /** Where in the file the stream stands; before {@link #size} only within the last block. */
  private long streamed;

  /** The block in the file behind the last one that has a place on the disk. */
  private long mapped;

  ContentWriter(
      BlockAllocator allocator,
      BlockStream stream,
      NodeTable nodes,
      ContentTable contents,
      MetadataChecksum checksum) {
    this.allocator = allocator;
    this.stream = stream;
    this.nodes = nodes;
    this.contents = contents;
    this.tree = new ExtentTree(allocator, stream, checksum);
  }

  void begin(int newNode) {
    node = newNode;
    size = 0;
    streamed = 0;
    mapped = 0;
    tree.clear();
  }

  void write(byte[] source, int offset, int length) {
    checkSize(length);
    int at = offset;
    int left = length;
    while (left > 0) {
      long block = size >>> Layout.BLOCK_SHIFT;
      if (block >= mapped) {
        map(block, blocks((size & (Layout.BLOCK_BYTES - 1)) + left));
      }
      if (streamed < size) {
        stream.putZeros((int) (size - streamed));
      }
      int count = (int) Math.min(left, (mapped << Layout.BLOCK_SHIFT) - size);
      stream.put(source, at, count);
      at += count;
      left -= count;
      size += count;
      streamed = size;
    }
  }

  private void map(long block, long wanted) {
    stream.pad();
    long count = Math.min(wanted, allocator.available());
    long start = allocator.take(count);
    stream.seek(start);
    tree.add(block, start, count);
    mapped = block + count;
    streamed = block << Layout.BLOCK_SHIFT;
  }

  /** Appends zeros without writing them. */
  void skip(long length) {
    checkSize(length);
    size += length;
  }

  /** Appends blocks without writing them: they hold what the disk holds there, zeros. */
  void reserve(long length) {
    checkSize(length);
    long end = blocks(size + length);
    for (long block = blocks(size); block < end; ) {
      long count = Math.min(end - block, allocator.available());
      tree.add(block, allocator.take(count), count);
      block += count;
    }
    size += length;
    mapped = end;
    streamed = size;
  }

  /** The disk's block that the file begins with, if it has any. */
  long firstBlock() {
    return Integer.toUnsignedLong(tree.firstBlock());
  }

  private void checkSize(long more) {
    if (more > MAX_BYTES - size) {
      throw new Ext4LimitException(
          Limit.FILE_SIZE, "a file is larger than " + MAX_BYTES + " bytes");
    }
  }

  /** Ends the file. */
  void end() {
    stream.pad();
    if (tree.count() == 0) {
      nodes.setContent(node, Content.NONE, 0, size);
    } else if (tree.isOneRun(blocks(size))) {
      nodes.setContent(node, Content.RUN, tree.firstBlock(), size);
    } else {
      nodes.setContent(node, Content.TREE, tree.store(node, contents), size);
    }
  }

  /** How many blocks this many bytes need. */
  static long blocks(long bytes) {
    return (bytes + Layout.BLOCK_BYTES - 1) >>> Layout.BLOCK_SHIFT;
  }

  /** How many blocks a node's content takes. */
  long blocksOf(int owner) {
    return switch (nodes.content(owner)) {
      case RUN -> blocks(nodes.size(owner));
      case TREE -> contents.blocks(nodes.data(owner));
      default -> 0;
    };
  }

  /** Gives the blocks of a node's content back. */
  void release(int owner) {
    switch (nodes.content(owner)) {
      case RUN ->
          allocator.release(Integer.toUnsignedLong(nodes.data(owner)), blocks(nodes.size(owner)));
      case TREE -> contents.release(nodes.data(owner), allocator);
      default -> {}
    }
  }
}
