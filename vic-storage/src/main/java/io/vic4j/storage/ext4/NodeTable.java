package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.time.Instant;
import java.util.Arrays;

/**
 * The inodes to be, by their numbers. A million of them must fit into a small heap, so they are
 * columns of numbers and not objects.
 */
final class NodeTable {
  /** What {@link #data} means. */
  enum Content {
    /** No blocks; of a device, its number. */
    NONE(0),
    /** The first of as many blocks as the size needs, in one run. */
    RUN(1),
    /** A place in {@link ContentTable}. */
    TREE(2),
    /** The target of a symbolic link: a place in the {@link ByteArena} of names. */
    TARGET(3),
    /** Of a directory that is not written yet: the first of its names. */
    NAMES(4);

    private final byte code;

    Content(int code) {
      this.code = (byte) code;
    }
  }

  private static final Content[] CONTENTS = Content.values(); // By code.
  private static final int INDEXED = 0x10;

  private short[] mode = new short[64];
  private int[] uid = new int[64];
  private int[] gid = new int[64];
  private int[] links = new int[64];
  private long[] size = new long[64];
  private int[] modified = new int[64];
  private int[] modifiedExtra = new int[64];
  private int[] otherTimes = new int[64];
  private int[] xattrs = new int[64];
  private byte[] content = new byte[64];
  private int[] data = new int[64];

  /** Six words for each inode whose other times are not its mtime; the first six are unused. */
  private int[] times = new int[12];

  private int timesLength = 6;

  private int next = Layout.Inode.FIRST_FREE;
  private int[] released = new int[16];
  private int releasedCount;

  /** One more than the highest number that was ever in use. */
  int end() {
    return next;
  }

  /** The number that {@link #add} takes next. */
  int nextNumber() {
    return releasedCount > 0 ? released[releasedCount - 1] : next;
  }

  /** Takes a number: the one that was released last, or else the next one. */
  int add(Ext4FileType type) {
    int node;
    if (releasedCount > 0) {
      node = released[--releasedCount];
    } else {
      node = next;
      if (node == Integer.MAX_VALUE) {
        throw new Ext4LimitException(Limit.INODES, "there are more than 2^31 inodes");
      }
      if (node == mode.length) {
        grow();
      }
      next++;
    }
    return init(node, type);
  }

  /** Begins one of the reserved inodes. */
  int init(int node, Ext4FileType type) {
    mode[node] = (short) type.formatBits();
    otherTimes[node] = 0;
    links[node] = 0;
    xattrs[node] = 0;
    setContent(node, Content.NONE, 0, 0);
    return node;
  }

  private void grow() {
    int length = (int) Math.min(Integer.MAX_VALUE - 64, mode.length + (mode.length >>> 1) + 1L);
    mode = Arrays.copyOf(mode, length);
    uid = Arrays.copyOf(uid, length);
    gid = Arrays.copyOf(gid, length);
    links = Arrays.copyOf(links, length);
    size = Arrays.copyOf(size, length);
    modified = Arrays.copyOf(modified, length);
    modifiedExtra = Arrays.copyOf(modifiedExtra, length);
    otherTimes = Arrays.copyOf(otherTimes, length);
    xattrs = Arrays.copyOf(xattrs, length);
    content = Arrays.copyOf(content, length);
    data = Arrays.copyOf(data, length);
  }

  void release(int node) {
    mode[node] = 0;
    if (releasedCount == released.length) {
      released = Arrays.copyOf(released, releasedCount * 2);
    }
    released[releasedCount++] = node;
  }

  /** Whether a node has this number. */
  boolean has(int node) {
    return node > 0 && node < next && mode[node] != 0;
  }

  int mode(int node) {
    return mode[node] & 0xFFFF;
  }

  Ext4FileType type(int node) {
    return Ext4FileType.ofMode(mode[node]);
  }

  int links(int node) {
    return links[node];
  }

  void addLinks(int node, int more) {
    links[node] += more;
  }

  Content content(int node) {
    return CONTENTS[content[node] & ~INDEXED];
  }

  int data(int node) {
    return data[node];
  }

  long size(int node) {
    return size[node];
  }

  void setContent(int node, Content what, int where, long sizeBytes) {
    content[node] = what.code;
    data[node] = where;
    size[node] = sizeBytes;
  }

  void setData(int node, int where) {
    data[node] = where;
  }

  /** Whether a directory that is written has an index. */
  boolean indexed(int node) {
    return (content[node] & INDEXED) != 0;
  }

  void setIndexed(int node) {
    content[node] |= INDEXED;
  }

  int xattrs(int node) {
    return xattrs[node];
  }

  /** Sets all attributes but the extended ones, which are a place in {@link XattrTable}. */
  void setAttributes(int node, Ext4Attributes a, int xattrSet) {
    mode[node] = (short) ((mode[node] & 0xF000) | a.permissions());
    uid[node] = (int) a.uid();
    gid[node] = (int) a.gid();
    xattrs[node] = xattrSet;
    modified[node] = low(a.modified());
    modifiedExtra[node] = extra(a.modified());
    if (same(a.accessed(), a.modified())
        && same(a.changed(), a.modified())
        && same(a.created(), a.modified())) {
      otherTimes[node] = 0;
      return;
    }
    if (otherTimes[node] == 0) {
      if (timesLength + 6 > times.length) {
        times = Arrays.copyOf(times, times.length * 2);
      }
      otherTimes[node] = timesLength;
      timesLength += 6;
    }
    int at = otherTimes[node];
    times[at] = low(a.accessed());
    times[at + 1] = extra(a.accessed());
    times[at + 2] = low(a.changed());
    times[at + 3] = extra(a.changed());
    times[at + 4] = low(a.created());
    times[at + 5] = extra(a.created());
  }

  @SuppressWarnings("ReferenceEquality") // Most often they are one object: spare the comparison.
  private static boolean same(Instant a, Instant b) {
    return a == b || a.equals(b);
  }

  private static int low(Instant time) {
    return InodeTime.low(time.getEpochSecond());
  }

  private static int extra(Instant time) {
    return InodeTime.extra(time.getEpochSecond(), time.getNano());
  }

  Ext4Attributes attributes(int node, Ext4Xattrs values) {
    Instant mtime = InodeTime.decode(modified[node], modifiedExtra[node]);
    int at = otherTimes[node];
    return new Ext4Attributes(
        mode[node] & 07777,
        uid[node] & 0xFFFF_FFFFL,
        gid[node] & 0xFFFF_FFFFL,
        mtime,
        at == 0 ? mtime : InodeTime.decode(times[at], times[at + 1]),
        at == 0 ? mtime : InodeTime.decode(times[at + 2], times[at + 3]),
        at == 0 ? mtime : InodeTime.decode(times[at + 4], times[at + 5]),
        values);
  }

  /** Fills in the fields of an inode on the disk that {@link #setAttributes} has set. */
  void encodeAttributes(int node, byte[] target, int offset) {
    LittleEndian.putShort(target, offset + Layout.Inode.MODE, mode[node]);
    LittleEndian.putShort(target, offset + Layout.Inode.UID_LO, uid[node]);
    LittleEndian.putShort(target, offset + Layout.Inode.UID_HI, uid[node] >>> 16);
    LittleEndian.putShort(target, offset + Layout.Inode.GID_LO, gid[node]);
    LittleEndian.putShort(target, offset + Layout.Inode.GID_HI, gid[node] >>> 16);
    int low = modified[node];
    int extra = modifiedExtra[node];
    LittleEndian.putInt(target, offset + Layout.Inode.MTIME, low);
    LittleEndian.putInt(target, offset + Layout.Inode.MTIME_EXTRA, extra);
    int at = otherTimes[node];
    LittleEndian.putInt(target, offset + Layout.Inode.ATIME, at == 0 ? low : times[at]);
    LittleEndian.putInt(target, offset + Layout.Inode.ATIME_EXTRA, at == 0 ? extra : times[at + 1]);
    LittleEndian.putInt(target, offset + Layout.Inode.CTIME, at == 0 ? low : times[at + 2]);
    LittleEndian.putInt(target, offset + Layout.Inode.CTIME_EXTRA, at == 0 ? extra : times[at + 3]);
    LittleEndian.putInt(target, offset + Layout.Inode.CRTIME, at == 0 ? low : times[at + 4]);
    LittleEndian.putInt(
        target, offset + Layout.Inode.CRTIME_EXTRA, at == 0 ? extra : times[at + 5]);
  }
}
