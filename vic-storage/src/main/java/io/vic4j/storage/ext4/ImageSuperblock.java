package io.vic4j.storage.ext4;

import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Layout.Feature;
import io.vic4j.storage.ext4.Layout.Superblock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The superblock of a file system that may be anybody's, checked so far that all that is computed
 * from it stays in range.
 *
 * <p>Source: kernel documentation, ext4, "The Super Block".
 */
record ImageSuperblock(
    long blocks,
    int blockBytes,
    long firstDataBlock,
    long blocksPerGroup,
    long inodes,
    long inodesPerGroup,
    int inodeBytes,
    int descriptorBytes,
    int compat,
    int incompat,
    int roCompat,
    long firstMetaGroup,
    long backupGroup1,
    long backupGroup2,
    int checksumSeed,
    long journalInode,
    UUID uuid,
    String label) {
  /** With the largest group of 1 KiB blocks, 8 TiB; more with larger blocks. */
  private static final int MAX_GROUPS = 1 << 20;

  private static final int MAX_LOG_BLOCK_SIZE = 6;
  private static final int FIRST_META_GROUP = 0x104;

  /** Features that change what is read, and that no reader may pass over. */
  private static final Map<Integer, String> REFUSED =
      new TreeMap<>(
          Map.of(
              0x1, "compression",
              0x8, "journal_dev",
              0x1000, "dirdata",
              0x10000, "encrypt",
              0x20000, "casefold"));

  private static final int MULTI_MOUNT_PROTECTION = 0x100;
  private static final int LARGE_DIRECTORIES = 0x4000;
  private static final int BIG_ALLOCATION = 0x200;
  private static final int READ =
      Feature.INCOMPAT_FILETYPE
          | Feature.INCOMPAT_RECOVER
          | Feature.INCOMPAT_META_BG
          | Feature.INCOMPAT_EXTENTS
          | Feature.INCOMPAT_64BIT
          | MULTI_MOUNT_PROTECTION
          | Feature.INCOMPAT_FLEX_BG
          | Feature.INCOMPAT_EA_INODE
          | Feature.INCOMPAT_CSUM_SEED
          | LARGE_DIRECTORIES
          | Feature.INCOMPAT_INLINE_DATA;

  /** Reads and checks the superblock of an image. */
  static ImageSuperblock read(DatastoreReader image) {
    ByteBuffer in = ByteBuffer.allocate(Superblock.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (image.read(Superblock.OFFSET, in) < Superblock.BYTES) {
      throw Damage.of("it has only " + image.sizeBytes() + " bytes");
    }
    ImageSuperblock superblock = parse(in);
    long bytes = superblock.blocks * superblock.blockBytes;
    if (bytes > image.sizeBytes()) {
      throw Damage.of(
          "it is truncated: it has " + image.sizeBytes() + " bytes, but should have " + bytes);
    }
    return superblock;
  }

  /** Reads and checks a superblock by itself. */
  static ImageSuperblock parse(ByteBuffer in) {
    if ((in.getShort(Superblock.MAGIC) & 0xffff) != Superblock.MAGIC_VALUE) {
      throw Damage.of("it has no superblock");
    }
    int incompat = in.getInt(Superblock.FEATURE_INCOMPAT);
    int roCompat = in.getInt(Superblock.FEATURE_RO_COMPAT);
    checkFeatures(incompat);
    if ((roCompat & Feature.RO_COMPAT_METADATA_CSUM) != 0) {
      checkChecksum(in);
    }
    int logBlockSize = in.getInt(Superblock.LOG_BLOCK_SIZE);
    if (logBlockSize < 0 || logBlockSize > MAX_LOG_BLOCK_SIZE) {
      throw Damage.of("its blocks have 1 KiB << " + Integer.toUnsignedString(logBlockSize));
    }
    boolean is64Bit = (incompat & Feature.INCOMPAT_64BIT) != 0;
    long blocksHigh = is64Bit ? unsigned(in, Superblock.BLOCKS_COUNT_HI) : 0;
    byte[] uuid = new byte[16];
    in.get(Superblock.UUID, uuid);
    ByteBuffer uuidWords = ByteBuffer.wrap(uuid);
    boolean dynamic = in.getInt(Superblock.REVISION) >= Superblock.REVISION_DYNAMIC;
    ImageSuperblock superblock =
        new ImageSuperblock(
            unsigned(in, Superblock.BLOCKS_COUNT_LO) | blocksHigh << 32,
            1024 << logBlockSize,
            unsigned(in, Superblock.FIRST_DATA_BLOCK),
            unsigned(in, Superblock.BLOCKS_PER_GROUP),
            unsigned(in, Superblock.INODES_COUNT),
            unsigned(in, Superblock.INODES_PER_GROUP),
            dynamic ? in.getShort(Superblock.INODE_SIZE) & 0xffff : Layout.Inode.GOOD_OLD_BYTES,
            is64Bit ? in.getShort(Superblock.DESCRIPTOR_SIZE) & 0xffff : Layout.Group.BYTES,
            in.getInt(Superblock.FEATURE_COMPAT),
            incompat,
            roCompat,
            unsigned(in, FIRST_META_GROUP),
            unsigned(in, Superblock.BACKUP_GROUPS),
            unsigned(in, Superblock.BACKUP_GROUPS + 4),
            (incompat & Feature.INCOMPAT_CSUM_SEED) != 0
                ? in.getInt(Superblock.CHECKSUM_SEED)
                : ImageChecksum.seedOf(uuid),
            unsigned(in, Superblock.JOURNAL_INODE),
            new UUID(uuidWords.getLong(), uuidWords.getLong()),
            label(in));
    superblock.check();
    return superblock;
  }

  private static void checkFeatures(int incompat) {
    REFUSED.forEach(
        (bit, name) -> {
          if ((incompat & bit) != 0) {
            throw Damage.unsupported("the feature " + name);
          }
        });
    int unknown = incompat & ~READ;
    if (unknown != 0) {
      throw Damage.unsupported("the unknown features 0x" + Integer.toHexString(unknown));
    }
  }

  private static void checkChecksum(ByteBuffer in) {
    int checksum = ImageChecksum.update(~0, in, 0, Superblock.CHECKSUM);
    if (checksum != in.getInt(Superblock.CHECKSUM)) {
      throw Damage.of("its superblock has a wrong checksum");
    }
  }

  private static String label(ByteBuffer in) {
    byte[] bytes = new byte[16];
    in.get(Superblock.VOLUME_NAME, bytes);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static long unsigned(ByteBuffer in, int offset) {
    return Integer.toUnsignedLong(in.getInt(offset));
  }

  private void check() {
    require(blocks > firstDataBlock && blocks < 1L << 48, "it has " + blocks + " blocks");
    require(firstDataBlock == (blockBytes == 1024 ? 1 : 0), "its first block is " + firstDataBlock);
    // A bitmap has one block; with clusters, each bit is about several blocks.
    long perBitmap = has(roCompat, BIG_ALLOCATION) ? 1L << 31 : 8L * blockBytes;
    require(
        blocksPerGroup > 0 && blocksPerGroup <= perBitmap,
        "its groups have " + blocksPerGroup + " blocks");
    require(
        inodesPerGroup > 0 && inodesPerGroup <= 8L * blockBytes,
        "its groups have " + inodesPerGroup + " inodes");
    require(
        inodeBytes >= 128 && inodeBytes <= blockBytes && Integer.bitCount(inodeBytes) == 1,
        "its inodes have " + inodeBytes + " bytes");
    require(
        descriptorBytes >= 32
            && descriptorBytes <= 1024
            && descriptorBytes >= (has(incompat, Feature.INCOMPAT_64BIT) ? 64 : 32)
            && Integer.bitCount(descriptorBytes) == 1,
        "its group descriptors have " + descriptorBytes + " bytes");
    if ((blocks - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup > MAX_GROUPS) {
      throw Damage.unsupported("more than " + MAX_GROUPS + " groups");
    }
    require(
        inodes >= Layout.Inode.FIRST_FREE && inodes <= groups() * inodesPerGroup,
        "it has " + inodes + " inodes in " + groups() + " groups");
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw Damage.of(otherwise);
    }
  }

  private static boolean has(int features, int bit) {
    return (features & bit) != 0;
  }

  boolean hasIncompat(int bit) {
    return has(incompat, bit);
  }

  boolean hasChecksums() {
    return has(roCompat, Feature.RO_COMPAT_METADATA_CSUM);
  }

  boolean isDirty() {
    return has(incompat, Feature.INCOMPAT_RECOVER);
  }

  int groups() {
    return (int) ((blocks - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup);
  }

  /** The block that holds the descriptor of this group. */
  long descriptorBlock(int group) {
    int perBlock = blockBytes / descriptorBytes;
    long index = group / perBlock;
    if (!has(incompat, Feature.INCOMPAT_META_BG) || index < firstMetaGroup) {
      return firstDataBlock + 1 + index;
    }
    // "Meta Block Groups": in the first group of those whose descriptors are in one block.
    long first = index * perBlock;
    return firstDataBlock + first * blocksPerGroup + (hasSuperblock(first) ? 1 : 0);
  }

  private boolean hasSuperblock(long group) {
    if (group == 0) {
      return true;
    }
    if (has(compat, Feature.COMPAT_SPARSE_SUPER2)) {
      return group == backupGroup1 || group == backupGroup2;
    }
    if (group == 1 || !has(roCompat, Feature.RO_COMPAT_SPARSE_SUPER)) {
      return true;
    }
    return isPower(group, 3) || isPower(group, 5) || isPower(group, 7);
  }

  private static boolean isPower(long value, int base) {
    long rest = value;
    while (rest % base == 0) {
      rest /= base;
    }
    return rest == 1;
  }
}
