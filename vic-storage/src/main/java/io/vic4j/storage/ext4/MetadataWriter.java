package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Group;
import io.vic4j.storage.ext4.Layout.Inode;
import io.vic4j.storage.ext4.Layout.Superblock;
import java.util.Arrays;

/**
 * Writes what describes the rest: bitmaps, inode tables, group descriptors and superblocks. What is
 * all free is not written and marked as not initialised, so that an empty file system of any size
 * costs next to nothing.
 */
final class MetadataWriter {
  private final Geometry geometry;
  private final Groups groups;
  private final BlockAllocator allocator;
  private final BlockStream stream;
  private final NodeTable nodes;
  private final InodeEncoder encoder;
  private final MetadataChecksum checksum;
  private final byte[] block = new byte[Layout.BLOCK_BYTES];
  private final byte[] descriptors;
  private byte[] journalInode = new byte[0];
  private long freeBlocks;
  private long freeInodes;

  MetadataWriter(
      Geometry geometry,
      Groups groups,
      BlockAllocator allocator,
      BlockStream stream,
      NodeTable nodes,
      InodeEncoder encoder,
      MetadataChecksum checksum) {
    this.geometry = geometry;
    this.groups = groups;
    this.allocator = allocator;
    this.stream = stream;
    this.nodes = nodes;
    this.encoder = encoder;
    this.checksum = checksum;
    int descriptorBlocks = Geometry.descriptorBlocks(groups.count());
    this.descriptors = new byte[descriptorBlocks << Layout.BLOCK_SHIFT];
  }

  /** Writes all of it. */
  Ext4Summary write(Ext4Options options) {
    long behindDescriptors = 1L + Geometry.descriptorBlocks(groups.count());
    allocator.release(behindDescriptors, geometry.headBlocks() - behindDescriptors);
    allocator.seal();
    for (int group = 0; group < groups.count(); group++) {
      describe(group);
      writeBlockBitmap(group);
    }
    for (int group = 0; group < groups.count(); group++) {
      writeInodeBitmap(group);
    }
    for (int group = 0; group < groups.count(); group++) {
      writeInodeTable(group);
    }
    writeHeads(options);
    stream.flush();
    long used = groups.totalBlocks() - freeBlocks;
    return new Ext4Summary(
        options.sizeBytes().orElse(groups.totalBlocks() << Layout.BLOCK_SHIFT),
        used << Layout.BLOCK_SHIFT,
        groups.inodes() - freeInodes - (Inode.FIRST_FREE - 1) + 1,
        freeInodes);
  }

  private void describe(int group) {
    int at = group * Group.BYTES;
    LittleEndian.putInt(descriptors, at + Group.BLOCK_BITMAP_LO, (int) groups.blockBitmap(group));
    LittleEndian.putInt(descriptors, at + Group.INODE_BITMAP_LO, (int) groups.inodeBitmap(group));
    LittleEndian.putInt(descriptors, at + Group.INODE_TABLE_LO, (int) groups.inodeTable(group));
    // The tables' unused parts are holes, which read as zeros: the kernel need not clear them.
    addFlag(group, Group.FLAG_INODE_ZEROED);
  }

  private void addFlag(int group, int flag) {
    int at = group * Group.BYTES + Group.FLAGS;
    LittleEndian.putShort(descriptors, at, LittleEndian.getShort(descriptors, at) | flag);
  }

  private void writeBlockBitmap(int group) {
    int free = allocator.bitmap(group, groups.totalBlocks(), block);
    freeBlocks += free;
    int at = group * Group.BYTES;
    LittleEndian.putShort(descriptors, at + Group.FREE_BLOCKS_LO, free);
    boolean untouched = (long) group * Layout.BLOCKS_PER_GROUP >= allocator.end();
    if (untouched && group < groups.count() - 1) {
      addFlag(group, Group.FLAG_BLOCK_UNINIT);
      return;
    }
    LittleEndian.putShort(
        descriptors,
        at + Group.BLOCK_BITMAP_CHECKSUM_LO,
        checksum.ofBitmap(block, Layout.BLOCK_BYTES));
    writeBlockAt(groups.blockBitmap(group));
  }

  private void writeInodeBitmap(int group) {
    Arrays.fill(block, (byte) 0);
    long first = groups.firstInode(group);
    int used = 0;
    int directories = 0;
    int end = 0;
    int count = (int) Math.max(0, Math.min(groups.inodesPerGroup(), nodes.end() - first));
    for (int i = 0; i < count; i++) {
      int node = (int) first + i;
      boolean present = nodes.has(node);
      if (present || node < Inode.FIRST_FREE) {
        Bits.set(block, i, i + 1);
        used++;
        end = i + 1;
        directories += present && nodes.type(node) == Ext4FileType.DIRECTORY ? 1 : 0;
      }
    }
    int free = groups.inodesPerGroup() - used;
    freeInodes += free;
    int at = group * Group.BYTES;
    LittleEndian.putShort(descriptors, at + Group.FREE_INODES_LO, free);
    LittleEndian.putShort(descriptors, at + Group.USED_DIRECTORIES_LO, directories);
    LittleEndian.putShort(descriptors, at + Group.UNUSED_INODES_LO, groups.inodesPerGroup() - end);
    if (used == 0) {
      addFlag(group, Group.FLAG_INODE_UNINIT);
      return;
    }
    Bits.set(block, groups.inodesPerGroup(), Layout.BLOCK_BYTES * 8);
    LittleEndian.putShort(
        descriptors,
        at + Group.INODE_BITMAP_CHECKSUM_LO,
        checksum.ofBitmap(block, groups.inodesPerGroup() / 8));
    writeBlockAt(groups.inodeBitmap(group));
  }

  private void writeInodeTable(int group) {
    long first = groups.firstInode(group);
    long end = Math.min(nodes.end(), first + groups.inodesPerGroup());
    long at = groups.inodeTable(group);
    for (long node = first; node < end; node += Inode.PER_BLOCK) {
      Arrays.fill(block, (byte) 0);
      for (int i = 0; i < Inode.PER_BLOCK; i++) {
        if (nodes.has((int) node + i)) {
          encoder.encode((int) node + i, block, i * Inode.BYTES);
        }
      }
      if (node < Inode.JOURNAL) {
        int offset = (Inode.JOURNAL - 1) * Inode.BYTES;
        journalInode = Arrays.copyOfRange(block, offset, offset + Inode.BYTES);
      }
      stream.seek(at++);
      stream.put(block, 0, Layout.BLOCK_BYTES);
    }
  }

  private void writeHeads(Ext4Options options) {
    for (int group = 0; group < groups.count(); group++) {
      int at = group * Group.BYTES;
      LittleEndian.putShort(
          descriptors, at + Group.CHECKSUM, checksum.ofDescriptor(group, descriptors, at));
    }
    SuperblockEncoder superblock =
        new SuperblockEncoder(options, groups, checksum).encode(freeBlocks, freeInodes);
    if (options.journalBytes() > 0) {
      superblock.encodeJournal(journalInode);
    }
    for (int group = groups.count() - 1; group >= 0; group--) {
      if (geometry.hasBackup(group)) {
        Arrays.fill(block, (byte) 0);
        int offset = group == 0 ? Superblock.OFFSET : 0;
        System.arraycopy(superblock.inGroup(group), 0, block, offset, Superblock.BYTES);
        writeBlockAt((long) group * Layout.BLOCKS_PER_GROUP);
        stream.put(descriptors, 0, descriptors.length);
      }
    }
  }

  private void writeBlockAt(long place) {
    stream.seek(place);
    stream.put(block, 0, Layout.BLOCK_BYTES);
  }
}
