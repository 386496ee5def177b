package io.vic4j.storage.ext4;

import io.vic4j.core.CancelledException;
import io.vic4j.storage.ext4.FileMap.Run;
import io.vic4j.storage.ext4.Layout.Directory;
import io.vic4j.storage.ext4.Layout.Inode;
import io.vic4j.storage.tar.ByteString;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the names in a directory, block by block from its start. The index of a large directory
 * looks like entries without a name to who reads it so; only its checksums are looked at.
 *
 * <p>Source: kernel documentation, ext4, "Directory Entries" and "Hash Tree Directories".
 */
final class DirectoryReader {
  /** Larger ones are refused, for their names are held in memory to be sorted. */
  private static final long MAX_BYTES = 64 << 20;

  private static final int MAX_NAMES = 1 << 20;
  private static final int INDEX_ROOT_LIMIT = 32;
  private static final int INDEX_NODE_LIMIT = 8;
  private static final int INDEX_ENTRY_BYTES = 8;

  private final ImageSuperblock superblock;
  private final ImageBlocks blocks;
  private final ImageInode inode;
  private final SortedMap<ByteString, Long> names = new TreeMap<>();

  private DirectoryReader(ImageSuperblock superblock, ImageBlocks blocks, ImageInode inode) {
    this.superblock = superblock;
    this.blocks = blocks;
    this.inode = inode;
  }

  /** The names, without {@code .} and {@code ..}, and the inodes they name. */
  static SortedMap<ByteString, Long> read(
      ImageSuperblock superblock, ImageBlocks blocks, ImageInode inode, byte[] inlineData) {
    DirectoryReader reader = new DirectoryReader(superblock, blocks, inode);
    if (inode.hasFlag(Inode.FLAG_INLINE_DATA)) {
      // The number of the parent, entries, and more entries among the extended attributes.
      ByteBuffer area = inode.block();
      reader.readEntries(area.slice(4, area.capacity() - 4).order(area.order()));
      reader.readEntries(ByteBuffer.wrap(inlineData).order(area.order()));
    } else {
      reader.readBlocks();
    }
    return reader.names;
  }

  private void readBlocks() {
    long size = inode.sizeBytes();
    if (size > MAX_BYTES) {
      throw Damage.unsupported("inode " + inode.number() + ", a directory of " + size + " bytes");
    }
    if (size % blocks.blockBytes() != 0) {
      throw Damage.of(inode.number(), "is a directory of " + size + " bytes");
    }
    FileMap map = FileMap.of(inode, blocks, superblock.hasChecksums());
    long count = size / blocks.blockBytes();
    for (long at = 0; at < count; at++) {
      CancelledException.throwIfInterrupted("reading of a directory");
      Run run = map.find(at);
      if (run.isHole()) {
        throw Damage.of(inode.number(), "is a directory with a hole");
      }
      ByteBuffer block = blocks.read(run.first());
      if (superblock.hasChecksums()) {
        verify(block, at == 0);
      }
      readEntries(block);
    }
  }

  private void readEntries(ByteBuffer area) {
    int at = 0;
    // What is too short for an entry at an inline area's end is not used.
    while (at + Directory.NAME <= area.capacity()) {
      int length = recordLength(area, at);
      int nameLength = area.get(at + Directory.NAME_LENGTH) & 0xff;
      if (length % 4 != 0
          || length < Directory.recordBytes(nameLength)
          || at + length > area.capacity()) {
        throw Damage.of(inode.number(), "is a directory with an entry of " + length + " bytes");
      }
      long number = Integer.toUnsignedLong(area.getInt(at + Directory.INODE));
      if (number != 0) {
        byte[] name = new byte[nameLength];
        area.get(at + Directory.NAME, name);
        add(ByteString.of(name), number);
      }
      at += length;
    }
  }

  /** With blocks of 64 KiB, a length does not fit into its 16 bits. */
  private int recordLength(ByteBuffer area, int at) {
    int length = area.getShort(at + Directory.RECORD_LENGTH) & 0xffff;
    if (blocks.blockBytes() < 1 << 16) {
      return length;
    }
    return length == 0xffff || length == 0 ? 1 << 16 : (length & 0xfffc) | (length & 3) << 16;
  }

  private void add(ByteString name, long number) {
    if (name.equals(ByteString.of(".")) || name.equals(ByteString.of(".."))) {
      return;
    }
    if (name.isEmpty() || name.indexOf('/', 0) < name.size() || name.indexOf(0, 0) < name.size()) {
      throw Damage.of(inode.number(), "is a directory with the name '" + name + "'");
    }
    if (names.putIfAbsent(name, number) != null) {
      throw Damage.of(inode.number(), "is a directory with the name '" + name + "' twice");
    }
    if (names.size() > MAX_NAMES) {
      throw Damage.unsupported(
          "inode " + inode.number() + ", a directory of more than " + MAX_NAMES + " names");
    }
  }

  private void verify(ByteBuffer block, boolean first) {
    int tail = block.capacity() - Directory.TAIL_BYTES;
    boolean leaf =
        block.getInt(tail + Directory.INODE) == 0
            && (block.getShort(tail + Directory.RECORD_LENGTH) & 0xffff) == Directory.TAIL_BYTES
            && block.getShort(tail + Directory.NAME_LENGTH)
                == (short) (Directory.TAIL_FILE_TYPE << 8);
    boolean sound;
    if (inode.hasFlag(Inode.FLAG_INDEX) && (first || isIndexNode(block))) {
      sound = isSoundIndex(block, first ? INDEX_ROOT_LIMIT : INDEX_NODE_LIMIT);
    } else {
      sound =
          leaf
              && ImageChecksum.update(inode.seed(), block, 0, tail)
                  == block.getInt(tail + Directory.TAIL_CHECKSUM);
    }
    if (!sound) {
      throw Damage.of(inode.number(), "is a directory with a wrong checksum");
    }
  }

  private boolean isIndexNode(ByteBuffer block) {
    return block.getInt(Directory.INODE) == 0 && recordLength(block, 0) == block.capacity();
  }

  private boolean isSoundIndex(ByteBuffer block, int limitAt) {
    int limit = block.getShort(limitAt) & 0xffff;
    int count = block.getShort(limitAt + 2) & 0xffff;
    int tail = limitAt + limit * INDEX_ENTRY_BYTES;
    if (count > limit || tail + 8 > block.capacity()) {
      return false;
    }
    int checksum =
        ImageChecksum.update(inode.seed(), block, 0, limitAt + count * INDEX_ENTRY_BYTES);
    checksum = ImageChecksum.update(checksum, block, tail, 4);
    return ImageChecksum.updateZeros(checksum, 4) == block.getInt(tail + 4);
  }
}
