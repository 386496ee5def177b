package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.time.Instant;

/**
 * What an inode has beside its type and content.
 *
 * @param permissions the lower twelve bits of the mode: access rights, setuid (04000), setgid
 *     (02000) and sticky (01000)
 * @param uid the owner's number, 32 bits
 * @param gid the group's number, 32 bits
 * @param modified when the content last changed (mtime)
 * @param accessed when it was last read (atime)
 * @param changed when the inode last changed (ctime)
 * @param created when the inode was made (crtime)
 * @param xattrs the extended attributes
 */
public record Ext4Attributes(
    int permissions,
    long uid,
    long gid,
    Instant modified,
    Instant accessed,
    Instant changed,
    Instant created,
    Ext4Xattrs xattrs) {
  private static final long MAX_ID = 0xFFFF_FFFFL;

  /**
   * Checks that all of it can be kept.
   *
   * @throws Ext4LimitException if a number or a time is out of ext4's range; {@link Ext4Xattrs} are
   *     checked when they are written
   */
  public Ext4Attributes {
    if ((permissions & ~07777) != 0) {
      throw new Ext4LimitException(
          Limit.PERMISSIONS_AND_OWNER,
          "permissions 0" + Integer.toOctalString(permissions) + " have bits beyond 07777");
    }
    if (uid < 0 || uid > MAX_ID || gid < 0 || gid > MAX_ID) {
      throw new Ext4LimitException(
          Limit.PERMISSIONS_AND_OWNER,
          "owner " + uid + ":" + gid + " is out of range: ext4 keeps 32 bits of each");
    }
    InodeTime.check(modified);
    InodeTime.check(accessed);
    InodeTime.check(changed);
    InodeTime.check(created);
  }

  /** Attributes with one time for all four, and no extended attributes. */
  public static Ext4Attributes of(int permissions, long uid, long gid, Instant time) {
    return new Ext4Attributes(permissions, uid, gid, time, time, time, time, Ext4Xattrs.none());
  }

  /** The same with other permissions. */
  public Ext4Attributes withPermissions(int permissions) {
    return new Ext4Attributes(permissions, uid, gid, modified, accessed, changed, created, xattrs);
  }

  /** The same with other extended attributes. */
  public Ext4Attributes withXattrs(Ext4Xattrs xattrs) {
    return new Ext4Attributes(permissions, uid, gid, modified, accessed, changed, created, xattrs);
  }
}
