package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Feature;
import io.vic4j.storage.ext4.Layout.Inode;
import io.vic4j.storage.ext4.Layout.Superblock;
import java.nio.charset.StandardCharsets;

/** Turns what is known of the finished file system into a superblock. */
final class SuperblockEncoder {
  private static final int LOG_BLOCK_SIZE = Layout.BLOCK_SHIFT - 10;
  private static final int LOG_GROUPS_PER_FLEX = 4;

  private final Ext4Options options;
  private final Groups groups;
  private final MetadataChecksum checksum;
  private final byte[] bytes = new byte[Superblock.BYTES];

  SuperblockEncoder(Ext4Options options, Groups groups, MetadataChecksum checksum) {
    this.options = options;
    this.groups = groups;
    this.checksum = checksum;
  }

  /** Fills in all but what differs between the superblock and its backups. */
  SuperblockEncoder encode(long freeBlocks, long freeInodes) {
    putInt(Superblock.INODES_COUNT, groups.inodes());
    putInt(Superblock.BLOCKS_COUNT_LO, groups.totalBlocks());
    putInt(Superblock.FREE_BLOCKS_COUNT_LO, freeBlocks);
    putInt(Superblock.FREE_INODES_COUNT, freeInodes);
    putInt(Superblock.LOG_BLOCK_SIZE, LOG_BLOCK_SIZE);
    putInt(Superblock.LOG_CLUSTER_SIZE, LOG_BLOCK_SIZE);
    putInt(Superblock.BLOCKS_PER_GROUP, Layout.BLOCKS_PER_GROUP);
    putInt(Superblock.CLUSTERS_PER_GROUP, Layout.BLOCKS_PER_GROUP);
    putInt(Superblock.INODES_PER_GROUP, groups.inodesPerGroup());
    putShort(Superblock.MAX_MOUNT_COUNT, -1);
    putShort(Superblock.MAGIC, Superblock.MAGIC_VALUE);
    putShort(Superblock.STATE, Superblock.STATE_CLEAN);
    putShort(Superblock.ERRORS, Superblock.ERRORS_CONTINUE);
    putInt(Superblock.REVISION, Superblock.REVISION_DYNAMIC);
    putInt(Superblock.FIRST_INODE, Inode.FIRST_FREE);
    putShort(Superblock.INODE_SIZE, Inode.BYTES);
    putFeatures();
    put(Superblock.UUID, MetadataChecksum.bytes(options.uuid()));
    put(Superblock.VOLUME_NAME, options.label().getBytes(StandardCharsets.UTF_8));
    put(Superblock.HASH_SEED, MetadataChecksum.bytes(options.hashSeed()));
    bytes[Superblock.DEFAULT_HASH_VERSION] = Layout.Directory.HASH_HALF_MD4;
    putInt(Superblock.FLAGS, Superblock.FLAG_UNSIGNED_HASH);
    putInt(Superblock.DEFAULT_MOUNT_OPTIONS, Superblock.MOUNT_USER_XATTR | Superblock.MOUNT_ACL);
    long created = options.created().getEpochSecond();
    putTime(Superblock.MKFS_TIME, Superblock.MKFS_TIME_HI, created);
    putTime(Superblock.WRITE_TIME, Superblock.WRITE_TIME_HI, created);
    putTime(Superblock.LAST_CHECK, Superblock.LAST_CHECK_HI, created);
    putShort(Superblock.MIN_EXTRA_ISIZE, Inode.EXTRA_BYTES);
    putShort(Superblock.WANT_EXTRA_ISIZE, Inode.EXTRA_BYTES);
    bytes[Superblock.LOG_GROUPS_PER_FLEX] = LOG_GROUPS_PER_FLEX;
    bytes[Superblock.CHECKSUM_TYPE] = Superblock.CHECKSUM_CRC32C;
    return this;
  }

  private void putFeatures() {
    boolean fixed = options.sizeBytes().isPresent();
    putInt(
        Superblock.FEATURE_COMPAT,
        Feature.COMPAT_EXT_ATTR
            | Feature.COMPAT_DIR_INDEX
            | (fixed ? 0 : Feature.COMPAT_SPARSE_SUPER2)
            | (options.journalBytes() > 0 ? Feature.COMPAT_HAS_JOURNAL : 0));
    putInt(
        Superblock.FEATURE_INCOMPAT,
        Feature.INCOMPAT_FILETYPE | Feature.INCOMPAT_EXTENTS | Feature.INCOMPAT_FLEX_BG);
    putInt(
        Superblock.FEATURE_RO_COMPAT,
        Feature.RO_COMPAT_SPARSE_SUPER
            | Feature.RO_COMPAT_LARGE_FILE
            | Feature.RO_COMPAT_HUGE_FILE
            | Feature.RO_COMPAT_DIR_NLINK
            | Feature.RO_COMPAT_EXTRA_ISIZE
            | Feature.RO_COMPAT_METADATA_CSUM
            | (fixed ? 0 : Feature.RO_COMPAT_READONLY));
  }

  /** Names the journal's inode and keeps a copy of where its blocks are. */
  void encodeJournal(byte[] inode) {
    putInt(Superblock.JOURNAL_INODE, Inode.JOURNAL);
    bytes[Superblock.JOURNAL_BACKUP_TYPE] = 1;
    int at = Superblock.JOURNAL_BLOCKS;
    System.arraycopy(inode, Inode.BLOCK, bytes, at, Inode.BLOCK_AREA_BYTES);
    at += Inode.BLOCK_AREA_BYTES;
    putInt(at, LittleEndian.getInt(inode, Inode.SIZE_HI));
    putInt(at + 4, LittleEndian.getInt(inode, Inode.SIZE_LO));
  }

  /** The superblock that stands in a group; valid until the next call. */
  byte[] inGroup(int group) {
    putShort(Superblock.BLOCK_GROUP_NUMBER, group);
    putInt(Superblock.CHECKSUM, checksum.ofSuperblock(bytes));
    return bytes;
  }

  private void putTime(int at, int atHigh, long seconds) {
    putInt(at, seconds);
    bytes[atHigh] = (byte) (seconds >>> 32);
  }

  private void putInt(int at, long value) {
    LittleEndian.putInt(bytes, at, (int) value);
  }

  private void putShort(int at, int value) {
    LittleEndian.putShort(bytes, at, value);
  }

  private void put(int at, byte[] value) {
    System.arraycopy(value, 0, bytes, at, value.length);
  }
}
