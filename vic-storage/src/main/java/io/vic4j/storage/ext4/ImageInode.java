package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Layout.Inode;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * One inode as it stands on the disk.
 *
 * <p>Source: kernel documentation, ext4, "Index Nodes".
 */
final class ImageInode {
  private static final int FLAG_EA_INODE = 0x200000;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  private final long number;
  private final ByteBuffer raw;
  private final int seed;

  /**
   * An inode.
   *
   * @param seed what the checksums of its parts begin with
   */
  ImageInode(long number, ByteBuffer raw, int seed) {
    this.number = number;
    this.raw = raw;
    this.seed = seed;
  }

  long number() {
    return number;
  }

  int seed() {
    return seed;
  }

  /** All bytes, for what lies behind the known fields. */
  ByteBuffer raw() {
    return raw;
  }

  int mode() {
    return raw.getShort(Inode.MODE) & 0xffff;
  }

  int links() {
    return raw.getShort(Inode.LINKS) & 0xffff;
  }

  boolean hasFlag(int flag) {
    return (raw.getInt(Inode.FLAGS) & flag) != 0;
  }

  Ext4FileType type() {
    if (hasFlag(FLAG_EA_INODE)) {
      throw Damage.unsupported("inode " + number + ", which holds an extended attribute");
    }
    try {
      return Ext4FileType.ofMode(mode());
    } catch (IllegalArgumentException e) {
      throw Damage.of(number, "has mode 0" + Integer.toOctalString(mode()));
    }
  }

  long sizeBytes() {
    long size =
        Integer.toUnsignedLong(raw.getInt(Inode.SIZE_LO))
            | Integer.toUnsignedLong(raw.getInt(Inode.SIZE_HI)) << 32;
    if (size < 0) {
      throw Damage.of(number, "has a size of " + Long.toUnsignedString(size) + " bytes");
    }
    return size;
  }

  /** The sixty bytes that find the content, or are it. */
  ByteBuffer block() {
    return raw.slice(Inode.BLOCK, Inode.BLOCK_AREA_BYTES).order(raw.order());
  }

  long xattrBlock() {
    return Integer.toUnsignedLong(raw.getInt(Inode.XATTR_BLOCK_LO))
        | (long) (raw.getShort(Inode.XATTR_BLOCK_HI) & 0xffff) << 32;
  }

  long uid() {
    return (raw.getShort(Inode.UID_LO) & 0xffff) | (raw.getShort(Inode.UID_HI) & 0xffffL) << 16;
  }

  long gid() {
    return (raw.getShort(Inode.GID_LO) & 0xffff) | (raw.getShort(Inode.GID_HI) & 0xffffL) << 16;
  }

  /** How many bytes after the first 128 are fields; attributes may follow. */
  int extraBytes() {
    if (raw.capacity() <= Inode.GOOD_OLD_BYTES) {
      return 0;
    }
    int extra = raw.getShort(Inode.EXTRA_SIZE) & 0xffff;
    if (extra % 4 != 0 || Inode.GOOD_OLD_BYTES + extra > raw.capacity()) {
      throw Damage.of(number, "has " + extra + " bytes of further fields");
    }
    return extra;
  }

  private boolean hasField(int offset) {
    return offset + 4 <= Inode.GOOD_OLD_BYTES + extraBytes();
  }

  private Instant time(int offset, int extraOffset) {
    int extra = hasField(extraOffset) ? raw.getInt(extraOffset) : 0;
    if (extra >>> 2 >= NANOS_PER_SECOND) {
      throw Damage.of(number, "has a time with " + (extra >>> 2) + " nanoseconds");
    }
    return InodeTime.decode(raw.getInt(offset), extra);
  }

  Ext4Attributes attributes(Ext4Xattrs xattrs) {
    Instant changed = time(Inode.CTIME, Inode.CTIME_EXTRA);
    return new Ext4Attributes(
        mode() & 07777,
        uid(),
        gid(),
        time(Inode.MTIME, Inode.MTIME_EXTRA),
        time(Inode.ATIME, Inode.ATIME_EXTRA),
        changed,
        hasField(Inode.CRTIME) ? time(Inode.CRTIME, Inode.CRTIME_EXTRA) : changed,
        xattrs);
  }

  /** The number of a device, as {@code major << 32 | minor}. */
  long device() {
    // Old: eight bits of each. New: the minor number's upper twelve bits are above the major one.
    int oldForm = raw.getInt(Inode.BLOCK);
    if (oldForm != 0) {
      return number(oldForm >>> 8 & 0xff, oldForm & 0xff);
    }
    int newForm = raw.getInt(Inode.BLOCK + 4);
    int minorHigh = newForm >>> 12 & 0xfff00;
    return number(newForm >>> 8 & 0xfff, minorHigh + (newForm & 0xff));
  }

  private static long number(int major, int minor) {
    return ((long) major << 32) + minor;
  }
}
