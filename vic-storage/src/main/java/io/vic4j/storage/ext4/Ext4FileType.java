package io.vic4j.storage.ext4;

/** What an inode is. */
public enum Ext4FileType {
  /** A regular file. */
  FILE(0x8000, 1),
  /** A directory. */
  DIRECTORY(0x4000, 2),
  /** A character device; number 0:0 is the whiteout of overlayfs. */
  CHARACTER_DEVICE(0x2000, 3),
  /** A block device. */
  BLOCK_DEVICE(0x6000, 4),
  /** A named pipe. */
  FIFO(0x1000, 5),
  /** A socket. */
  SOCKET(0xC000, 6),
  /** A symbolic link. */
  SYMLINK(0xA000, 7);

  private static final int FORMAT_MASK = 0xF000;
  private static final Ext4FileType[] BY_FORMAT = new Ext4FileType[16];

  static {
    for (Ext4FileType type : values()) {
      BY_FORMAT[type.formatBits >>> 12] = type;
    }
  }

  private final int formatBits;
  private final int entryCode;

  Ext4FileType(int formatBits, int entryCode) {
    this.formatBits = formatBits;
    this.entryCode = entryCode;
  }

  /** The format bits of {@code st_mode} and {@code i_mode} (S_IFREG and the like). */
  public int formatBits() {
    return formatBits;
  }

  /** The code in a directory entry (the "filetype" feature). */
  int entryCode() {
    return entryCode;
  }

  /**
   * The type in an {@code i_mode}.
   *
   * @throws IllegalArgumentException if its format bits name no type
   */
  static Ext4FileType ofMode(int mode) {
    Ext4FileType type = BY_FORMAT[(mode & FORMAT_MASK) >>> 12];
    if (type == null) {
      throw new IllegalArgumentException("no file type in mode 0" + Integer.toOctalString(mode));
    }
    return type;
  }
}
