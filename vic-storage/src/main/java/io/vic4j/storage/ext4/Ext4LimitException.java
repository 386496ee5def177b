package io.vic4j.storage.ext4;

import io.vic4j.core.InvalidArgumentException;

/** Something does not fit into an ext4 file system: leave it out or make it smaller. */
public final class Ext4LimitException extends InvalidArgumentException {
  private static final long serialVersionUID = 1;

  /** What there is a limit on. */
  public enum Limit {
    /** Names have 1 to 255 bytes, no slash and no NUL, and are not "." or "..". */
    NAME,
    /** Targets of symbolic links have 1 to 4095 bytes and no NUL. */
    SYMLINK_TARGET,
    /** Permissions have twelve bits; user and group numbers have 32. */
    PERMISSIONS_AND_OWNER,
    /** Times lie between 1901-12-13T20:45:52Z and 2446-05-10T22:38:55Z. */
    TIME,
    /** Extended attributes have a known prefix and fit into the inode and one block of 4 KiB. */
    XATTRS,
    /** Major device numbers have 12 bits, minor ones 20. */
    DEVICE_NUMBER,
    /** A file has at most 65,000 names. */
    LINKS,
    /** A file has less than 16 TiB. */
    FILE_SIZE,
    /** A directory's index leads to at most 258,570 blocks of names. */
    DIRECTORY_SIZE,
    /** The limit set in {@link Ext4Options#sizeLimitBytes}. */
    FILE_SYSTEM_SIZE,
    /** There are at most 2^31 - 1 inodes and names, with 2 GiB of names. */
    INODES
  }

  private final Limit limit;

  Ext4LimitException(Limit limit, String message) {
    super(message);
    this.limit = limit;
  }

  /** Which limit was met. */
  public Limit limit() {
    return limit;
  }
}
