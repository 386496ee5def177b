package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Inode;
import java.util.Arrays;

/** Turns a node into the 256 bytes of an inode. */
final class InodeEncoder {
  private static final int SECTORS_PER_BLOCK = Layout.BLOCK_BYTES / 512;

  private final NodeTable nodes;
  private final ContentTable contentTable;
  private final ContentWriter contents;
  private final XattrTable xattrs;
  private final ByteArena arena;
  private final MetadataChecksum checksum;

  InodeEncoder(
      NodeTable nodes,
      ContentTable contentTable,
      ContentWriter contents,
      XattrTable xattrs,
      ByteArena arena,
      MetadataChecksum checksum) {
    this.nodes = nodes;
    this.contentTable = contentTable;
    this.contents = contents;
    this.xattrs = xattrs;
    this.arena = arena;
    this.checksum = checksum;
  }

  /** Fills in the inode of a node; each is asked for once. */
  void encode(int node, byte[] target, int offset) {
    Arrays.fill(target, offset, offset + Inode.BYTES, (byte) 0);
    nodes.encodeAttributes(node, target, offset);
    LittleEndian.putShort(target, offset + Inode.EXTRA_SIZE, Inode.EXTRA_BYTES);
    int links = nodes.links(node);
    // A directory with more subdirectories than that says 1: "dir_nlink".
    LittleEndian.putShort(target, offset + Inode.LINKS, links > Inode.MAX_LINKS ? 1 : links);
    long size = nodes.size(node);
    LittleEndian.putInt(target, offset + Inode.SIZE_LO, (int) size);
    LittleEndian.putInt(target, offset + Inode.SIZE_HI, (int) (size >>> 32));
    int flags = encodeContent(node, target, offset + Inode.BLOCK);
    LittleEndian.putInt(target, offset + Inode.FLAGS, flags);
    long blocks = contents.blocksOf(node);
    int set = nodes.xattrs(node);
    if (set != 0) {
      xattrs.encodeBody(set, target, offset + Inode.GOOD_OLD_BYTES + Inode.EXTRA_BYTES);
      int block = xattrs.nextBlock(set);
      LittleEndian.putInt(target, offset + Inode.XATTR_BLOCK_LO, block);
      blocks += block == 0 ? 0 : 1;
    }
    long sectors = blocks * SECTORS_PER_BLOCK;
    LittleEndian.putInt(target, offset + Inode.BLOCKS_LO, (int) sectors);
    LittleEndian.putShort(target, offset + Inode.BLOCKS_HI, (int) (sectors >>> 32));
    int sum = checksum.ofInodePart(node, target, offset, Inode.BYTES);
    LittleEndian.putShort(target, offset + Inode.CHECKSUM_LO, sum);
    LittleEndian.putShort(target, offset + Inode.CHECKSUM_HI, sum >>> 16);
  }

  /** Fills in {@code i_block}, and gives the flags. */
  private int encodeContent(int node, byte[] target, int at) {
    switch (nodes.content(node)) {
      case RUN -> {
        long blocks = ContentWriter.blocks(nodes.size(node));
        ExtentTree.encodeOneRun(Integer.toUnsignedLong(nodes.data(node)), blocks, target, at);
      }
      case TREE -> contentTable.encodeRoot(nodes.data(node), target, at);
      case TARGET -> {
        int place = nodes.data(node);
        System.arraycopy(arena.array(), place + 1, target, at, arena.shortLength(place));
        return 0;
      }
      case NONE -> {
        if (nodes.type(node) != Ext4FileType.FILE) {
          encodeDevice(nodes.data(node), target, at);
          return 0;
        }
        ExtentTree.encodeOneRun(0, 0, target, at);
      }
      case NAMES -> throw new IllegalStateException("directory " + node + " is not written yet");
    }
    return Inode.FLAG_EXTENTS | (nodes.indexed(node) ? Inode.FLAG_INDEX : 0);
  }

  /**
   * Device numbers have two forms (kernel, include/linux/kdev_t.h): 8 bits each in the first word
   * if that is enough, or else the new form in the second word.
   */
  private static void encodeDevice(int number, byte[] target, int at) {
    int major = DeviceNumber.major(number);
    int minor = DeviceNumber.minor(number);
    if (major < 256 && minor < 256) {
      LittleEndian.putInt(target, at, (major << 8) | minor);
    } else {
      LittleEndian.putInt(target, at + 4, number);
    }
  }
}
