package io.vic4j.storage.ext4;

/**
 * Where things are on the disk: offsets in bytes, flags and numbers, all little-endian unless said
 * otherwise. Source: kernel documentation, "ext4 Data Structures and Algorithms"; the chapter is
 * named at each class.
 */
final class Layout {
  static final int BLOCK_SHIFT = 12;
  static final int BLOCK_BYTES = 1 << BLOCK_SHIFT;

  /** A bitmap is one block, so a group has as many blocks as a block has bits. */
  static final int BLOCKS_PER_GROUP = BLOCK_BYTES * 8;

  static final int MAX_NAME_BYTES = 255;

  private Layout() {}

  /** Chapter "The Super Block". It stands 1024 bytes into the disk. */
  static final class Superblock {
    static final int OFFSET = 1024;
    static final int BYTES = 1024;
    static final int INODES_COUNT = 0x0;
    static final int BLOCKS_COUNT_LO = 0x4;
    static final int RESERVED_BLOCKS_COUNT_LO = 0x8;
    static final int FREE_BLOCKS_COUNT_LO = 0xC;
    static final int FREE_INODES_COUNT = 0x10;
    static final int FIRST_DATA_BLOCK = 0x14;
    static final int LOG_BLOCK_SIZE = 0x18;
    static final int LOG_CLUSTER_SIZE = 0x1C;
    static final int BLOCKS_PER_GROUP = 0x20;
    static final int CLUSTERS_PER_GROUP = 0x24;
    static final int INODES_PER_GROUP = 0x28;
    static final int MOUNT_TIME = 0x2C;
    static final int WRITE_TIME = 0x30;
    static final int MAX_MOUNT_COUNT = 0x36;
    static final int MAGIC = 0x38;
    static final int STATE = 0x3A;
    static final int ERRORS = 0x3C;
    static final int LAST_CHECK = 0x40;
    static final int CREATOR_OS = 0x48;
    static final int REVISION = 0x4C;
    static final int FIRST_INODE = 0x54;
    static final int INODE_SIZE = 0x58;
    static final int BLOCK_GROUP_NUMBER = 0x5A;
    static final int FEATURE_COMPAT = 0x5C;
    static final int FEATURE_INCOMPAT = 0x60;
    static final int FEATURE_RO_COMPAT = 0x64;
    static final int UUID = 0x68;
    static final int VOLUME_NAME = 0x78;
    static final int JOURNAL_INODE = 0xE0;
    static final int HASH_SEED = 0xEC;
    static final int DEFAULT_HASH_VERSION = 0xFC;
    static final int JOURNAL_BACKUP_TYPE = 0xFD;
    static final int DESCRIPTOR_SIZE = 0xFE;
    static final int DEFAULT_MOUNT_OPTIONS = 0x100;
    static final int MKFS_TIME = 0x108;
    static final int JOURNAL_BLOCKS = 0x10C;
    static final int BLOCKS_COUNT_HI = 0x150;
    static final int MIN_EXTRA_ISIZE = 0x15C;
    static final int WANT_EXTRA_ISIZE = 0x15E;
    static final int FLAGS = 0x160;
    static final int LOG_GROUPS_PER_FLEX = 0x174;
    static final int CHECKSUM_TYPE = 0x175;
    static final int BACKUP_GROUPS = 0x24C;
    static final int WRITE_TIME_HI = 0x274;
    static final int MKFS_TIME_HI = 0x276;
    static final int LAST_CHECK_HI = 0x277;
    static final int CHECKSUM_SEED = 0x270;
    static final int CHECKSUM = 0x3FC;

    static final int MAGIC_VALUE = 0xEF53;
    static final int STATE_CLEAN = 1;
    static final int ERRORS_CONTINUE = 1;
    static final int REVISION_DYNAMIC = 1;
    static final int FLAG_SIGNED_HASH = 1;
    static final int FLAG_UNSIGNED_HASH = 2;
    static final int CHECKSUM_CRC32C = 1;
    static final int MOUNT_USER_XATTR = 0x4;
    static final int MOUNT_ACL = 0x8;

    private Superblock() {}
  }

  /** Feature bits of the superblock. */
  static final class Feature {
    static final int COMPAT_HAS_JOURNAL = 0x4;
    static final int COMPAT_EXT_ATTR = 0x8;
    static final int COMPAT_DIR_INDEX = 0x20;
    static final int COMPAT_SPARSE_SUPER2 = 0x200;
    static final int INCOMPAT_FILETYPE = 0x2;
    static final int INCOMPAT_RECOVER = 0x4;
    static final int INCOMPAT_META_BG = 0x10;
    static final int INCOMPAT_EXTENTS = 0x40;
    static final int INCOMPAT_64BIT = 0x80;
    static final int INCOMPAT_FLEX_BG = 0x200;
    static final int INCOMPAT_EA_INODE = 0x400;
    static final int INCOMPAT_CSUM_SEED = 0x2000;
    static final int INCOMPAT_INLINE_DATA = 0x8000;
    static final int RO_COMPAT_SPARSE_SUPER = 0x1;
    static final int RO_COMPAT_LARGE_FILE = 0x2;
    static final int RO_COMPAT_HUGE_FILE = 0x8;
    static final int RO_COMPAT_DIR_NLINK = 0x20;
    static final int RO_COMPAT_EXTRA_ISIZE = 0x40;
    static final int RO_COMPAT_METADATA_CSUM = 0x400;
    static final int RO_COMPAT_READONLY = 0x1000;

    private Feature() {}
  }

  /** Chapter "Block Group Descriptors"; 32 bytes each without the 64bit feature. */
  static final class Group {
    static final int BYTES = 32;
    static final int BLOCK_BITMAP_LO = 0x0;
    static final int INODE_BITMAP_LO = 0x4;
    static final int INODE_TABLE_LO = 0x8;
    static final int FREE_BLOCKS_LO = 0xC;
    static final int FREE_INODES_LO = 0xE;
    static final int USED_DIRECTORIES_LO = 0x10;
    static final int FLAGS = 0x12;
    static final int BLOCK_BITMAP_CHECKSUM_LO = 0x18;
    static final int INODE_BITMAP_CHECKSUM_LO = 0x1A;
    static final int UNUSED_INODES_LO = 0x1C;
    static final int CHECKSUM = 0x1E;
    static final int INODE_TABLE_HI = 0x28;

    static final int FLAG_INODE_UNINIT = 1;
    static final int FLAG_BLOCK_UNINIT = 2;
    static final int FLAG_INODE_ZEROED = 4;

    private Group() {}
  }

  /** Chapter "Index Nodes". */
  static final class Inode {
    static final int BYTES = 256;
    static final int PER_BLOCK = BLOCK_BYTES / BYTES;
    static final int ROOT = 2;
    static final int JOURNAL = 8;
    static final int FIRST_FREE = 11;

    static final int MODE = 0x0;
    static final int UID_LO = 0x2;
    static final int SIZE_LO = 0x4;
    static final int ATIME = 0x8;
    static final int CTIME = 0xC;
    static final int MTIME = 0x10;
    static final int DTIME = 0x14;
    static final int GID_LO = 0x18;
    static final int LINKS = 0x1A;
    static final int BLOCKS_LO = 0x1C;
    static final int FLAGS = 0x20;
    static final int BLOCK = 0x28;
    static final int BLOCK_AREA_BYTES = 60;
    static final int GENERATION = 0x64;
    static final int XATTR_BLOCK_LO = 0x68;
    static final int SIZE_HI = 0x6C;
    static final int BLOCKS_HI = 0x74;
    static final int XATTR_BLOCK_HI = 0x76;
    static final int UID_HI = 0x78;
    static final int GID_HI = 0x7A;
    static final int CHECKSUM_LO = 0x7C;
    static final int EXTRA_SIZE = 0x80;
    static final int CHECKSUM_HI = 0x82;
    static final int CTIME_EXTRA = 0x84;
    static final int MTIME_EXTRA = 0x88;
    static final int ATIME_EXTRA = 0x8C;
    static final int CRTIME = 0x90;
    static final int CRTIME_EXTRA = 0x94;

    static final int GOOD_OLD_BYTES = 128;

    /** What we fill of the part past the first 128 bytes. */
    static final int EXTRA_BYTES = 32;

    static final int FLAG_INDEX = 0x1000;
    static final int FLAG_HUGE_FILE = 0x40000;
    static final int FLAG_EXTENTS = 0x80000;
    static final int FLAG_INLINE_DATA = 0x10000000;

    static final int MAX_LINKS = 65000;

    private Inode() {}
  }

  /** Chapter "The Contents of inode.i_block", "Extent Tree". */
  static final class Extent {
    static final int MAGIC_VALUE = 0xF30A;
    static final int HEADER_BYTES = 12;
    static final int ENTRY_BYTES = 12;
    static final int HEADER_MAGIC = 0;
    static final int HEADER_ENTRIES = 2;
    static final int HEADER_MAX = 4;
    static final int HEADER_DEPTH = 6;

    static final int LOGICAL = 0;
    static final int LEAF_LENGTH = 4;
    static final int LEAF_START_HI = 6;
    static final int LEAF_START_LO = 8;
    static final int INDEX_LEAF_LO = 4;
    static final int INDEX_LEAF_HI = 8;

    static final int IN_INODE = 4;
    static final int IN_BLOCK = (BLOCK_BYTES - HEADER_BYTES) / ENTRY_BYTES;

    /** Where an extent block keeps its checksum: right behind the entries. */
    static final int TAIL = HEADER_BYTES + IN_BLOCK * ENTRY_BYTES;

    /** Blocks in one extent; a longer length means "not initialised". */
    static final int MAX_LENGTH = 32768;

    private Extent() {}
  }

  /** Chapter "Directory Entries", with "Hash Tree Directories". */
  static final class Directory {
    static final int INODE = 0;
    static final int RECORD_LENGTH = 4;
    static final int NAME_LENGTH = 6;
    static final int FILE_TYPE = 7;
    static final int NAME = 8;

    /** The false entry at a block's end that holds its checksum. */
    static final int TAIL_BYTES = 12;

    static final int TAIL_FILE_TYPE = 0xDE;
    static final int TAIL_CHECKSUM = 8;

    static final int HASH_HALF_MD4 = 1;
    static final int HASH_HALF_MD4_UNSIGNED = 4;

    private Directory() {}

    /** How long an entry with such a name is, at the least. */
    static int recordBytes(int nameBytes) {
      return (NAME + nameBytes + 3) & ~3;
    }
  }

  /** Chapter "Extended Attributes". */
  static final class Xattr {
    static final int MAGIC_VALUE = 0xEA020000;

    /** In an inode, a magic number precedes the entries. */
    static final int BODY_HEADER_BYTES = 4;

    static final int BLOCK_HEADER_BYTES = 32;
    static final int BLOCK_REFERENCES = 0x4;
    static final int BLOCK_BLOCKS = 0x8;
    static final int BLOCK_HASH = 0xC;
    static final int BLOCK_CHECKSUM = 0x10;

    static final int ENTRY_BYTES = 16;
    static final int NAME_LENGTH = 0;
    static final int NAME_INDEX = 1;
    static final int VALUE_OFFSET = 2;
    static final int VALUE_INODE = 4;
    static final int VALUE_SIZE = 8;
    static final int HASH = 12;

    static final int INDEX_USER = 1;
    static final int INDEX_POSIX_ACL_ACCESS = 2;
    static final int INDEX_POSIX_ACL_DEFAULT = 3;
    static final int INDEX_TRUSTED = 4;
    static final int INDEX_SECURITY = 6;
    static final int INDEX_SYSTEM = 7;

    static final int MAX_REFERENCES = 1024;

    private Xattr() {}
  }
}
