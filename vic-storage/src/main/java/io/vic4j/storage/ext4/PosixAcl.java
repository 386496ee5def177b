package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.util.Arrays;

/**
 * Access control lists, which look different in the system calls than on the disk. Both are a
 * version and entries of tag, rights and identifier; on the disk (kernel, fs/ext4/acl.h, version 1)
 * only the entries of named users and groups have an identifier, in the calls (version 2) all have.
 */
final class PosixAcl {
  private static final int CALL_VERSION = 2;
  private static final int DISK_VERSION = 1;
  private static final int HEADER_BYTES = 4;
  private static final int SHORT_ENTRY_BYTES = 4;
  private static final int LONG_ENTRY_BYTES = 8;
  private static final int TAG_USER = 0x02;
  private static final int TAG_GROUP = 0x08;
  private static final int TAG_OTHER = 0x20;
  private static final int UNDEFINED_ID = -1;

  private PosixAcl() {}

  private static boolean hasId(int tag) {
    return tag == TAG_USER || tag == TAG_GROUP;
  }

  /**
   * From the form of the system calls to that of the disk.
   *
   * @throws Ext4LimitException if it is no list of that form, or has tags that the kernel refuses
   */
  static byte[] toDisk(String name, byte[] call) {
    if (call.length < HEADER_BYTES
        || (call.length - HEADER_BYTES) % LONG_ENTRY_BYTES != 0
        || LittleEndian.getInt(call, 0) != CALL_VERSION) {
      throw new Ext4LimitException(
          Limit.XATTRS,
          name + " of " + call.length + " bytes is no access control list of version 2");
    }
    byte[] disk = new byte[call.length];
    LittleEndian.putInt(disk, 0, DISK_VERSION);
    int to = HEADER_BYTES;
    for (int from = HEADER_BYTES; from < call.length; from += LONG_ENTRY_BYTES) {
      int tag = LittleEndian.getShort(call, from);
      if (Integer.bitCount(tag) != 1 || tag > TAG_OTHER) {
        throw new Ext4LimitException(
            Limit.XATTRS, name + " has an entry with the unknown tag " + tag);
      }
      int bytes = hasId(tag) ? LONG_ENTRY_BYTES : SHORT_ENTRY_BYTES;
      System.arraycopy(call, from, disk, to, bytes);
      to += bytes;
    }
    return Arrays.copyOf(disk, to);
  }

  /**
   * From the form of the disk to that of the system calls.
   *
   * @throws IllegalArgumentException if it is no list of that form
   */
  static byte[] fromDisk(byte[] disk) {
    if (disk.length < HEADER_BYTES || LittleEndian.getInt(disk, 0) != DISK_VERSION) {
      throw new IllegalArgumentException("no access control list of version 1");
    }
    byte[] call = new byte[HEADER_BYTES + (disk.length / SHORT_ENTRY_BYTES) * LONG_ENTRY_BYTES];
    LittleEndian.putInt(call, 0, CALL_VERSION);
    int to = HEADER_BYTES;
    int from = HEADER_BYTES;
    while (from + SHORT_ENTRY_BYTES <= disk.length) {
      boolean hasId = hasId(LittleEndian.getShort(disk, from));
      int bytes = hasId ? LONG_ENTRY_BYTES : SHORT_ENTRY_BYTES;
      if (from + bytes > disk.length) {
        throw new IllegalArgumentException("an access control list is cut off");
      }
      System.arraycopy(disk, from, call, to, bytes);
      if (!hasId) {
        LittleEndian.putInt(call, to + SHORT_ENTRY_BYTES, UNDEFINED_ID);
      }
      from += bytes;
      to += LONG_ENTRY_BYTES;
    }
    return Arrays.copyOf(call, to);
  }
}
