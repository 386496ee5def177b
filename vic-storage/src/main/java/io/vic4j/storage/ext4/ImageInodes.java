package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Group;
import io.vic4j.storage.ext4.Layout.Inode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds inodes by their number. The places of all inode tables are read and checked once: they lie
 * in the file system and do not overlap, so that no inode can be read under two numbers.
 */
final class ImageInodes {
  private final ImageSuperblock superblock;
  private final ImageBlocks blocks;
  private final long[] tables;

  ImageInodes(ImageSuperblock superblock, ImageBlocks blocks) {
    this.superblock = superblock;
    this.blocks = blocks;
    this.tables = readTables();
  }

  private long[] readTables() {
    long[] places = new long[superblock.groups()];
    long length =
        (superblock.inodesPerGroup() * superblock.inodeBytes() + blocks.blockBytes() - 1)
            / blocks.blockBytes();
    ByteBuffer block = ByteBuffer.allocate(0);
    long blockNumber = -1;
    int perBlock = blocks.blockBytes() / superblock.descriptorBytes();
    for (int group = 0; group < places.length; group++) {
      long at = superblock.descriptorBlock(group);
      if (at != blockNumber) {
        if (!blocks.contains(at, 1)) {
          throw Damage.of("the descriptor of group " + group + " lies outside of it");
        }
        block = blocks.read(at);
        blockNumber = at;
      }
      places[group] = readTable(group, block, group % perBlock * superblock.descriptorBytes());
      if (!blocks.contains(places[group], length)) {
        throw Damage.of("the inodes of group " + group + " are at block " + places[group]);
      }
    }
    long[] sorted = places.clone();
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] - sorted[i - 1] < length) {
        throw Damage.of("two groups have their inodes at block " + sorted[i]);
      }
    }
    return places;
  }

  private long readTable(int group, ByteBuffer block, int offset) {
    int size = superblock.descriptorBytes();
    if (superblock.hasChecksums()) {
      int checksum = ImageChecksum.updateInt(superblock.checksumSeed(), group);
      checksum = ImageChecksum.update(checksum, block, offset, Group.CHECKSUM);
      checksum = ImageChecksum.updateZeros(checksum, 2);
      int rest = Group.CHECKSUM + 2;
      checksum = ImageChecksum.update(checksum, block, offset + rest, size - rest);
      if ((checksum & 0xffff) != (block.getShort(offset + Group.CHECKSUM) & 0xffff)) {
        throw Damage.of("the descriptor of group " + group + " has a wrong checksum");
      }
    }
    long low = Integer.toUnsignedLong(block.getInt(offset + Group.INODE_TABLE_LO));
    return size < Group.INODE_TABLE_HI + 4
        ? low
        : low | Integer.toUnsignedLong(block.getInt(offset + Group.INODE_TABLE_HI)) << 32;
  }

  /** Reads an inode and verifies its checksum. */
  ImageInode read(long number) {
    if (number < 1 || number > superblock.inodes()) {
      throw Damage.of(number, "does not exist: there are " + superblock.inodes());
    }
    int group = (int) ((number - 1) / superblock.inodesPerGroup());
    long at = (number - 1) % superblock.inodesPerGroup() * superblock.inodeBytes();
    ByteBuffer raw = ByteBuffer.allocate(superblock.inodeBytes()).order(ByteOrder.LITTLE_ENDIAN);
    blocks.readInto(
        tables[group] + at / blocks.blockBytes(), (int) (at % blocks.blockBytes()), raw);
    int seed = ImageChecksum.updateInt(superblock.checksumSeed(), (int) number);
    seed = ImageChecksum.updateInt(seed, raw.getInt(Inode.GENERATION));
    ImageInode inode = new ImageInode(number, raw.flip(), seed);
    if (superblock.hasChecksums()) {
      verify(inode);
    }
    return inode;
  }

  private static void verify(ImageInode inode) {
    ByteBuffer raw = inode.raw();
    int checksum = ImageChecksum.update(inode.seed(), raw, 0, Inode.CHECKSUM_LO);
    checksum = ImageChecksum.updateZeros(checksum, 2);
    int rest = Inode.CHECKSUM_LO + 2;
    boolean wide = Inode.GOOD_OLD_BYTES + inode.extraBytes() >= Inode.CHECKSUM_HI + 2;
    int expected = raw.getShort(Inode.CHECKSUM_LO) & 0xffff;
    if (wide) {
      checksum = ImageChecksum.update(checksum, raw, rest, Inode.CHECKSUM_HI - rest);
      checksum = ImageChecksum.updateZeros(checksum, 2);
      rest = Inode.CHECKSUM_HI + 2;
      expected |= raw.getShort(Inode.CHECKSUM_HI) << 16;
    }
    checksum = ImageChecksum.update(checksum, raw, rest, raw.capacity() - rest);
    if ((wide ? checksum : checksum & 0xffff) != expected) {
      throw Damage.of(inode.number(), "has a wrong checksum");
    }
  }
}
