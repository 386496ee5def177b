package io.vic4j.storage.ext4;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;

/** The errors of reading a file system. */
final class Damage {
  private Damage() {}

  /** Something of the whole file system is wrong. */
  static CorruptException of(String what) {
    return new CorruptException("not a sound ext4 file system: " + what, null);
  }

  /** Something of one inode is wrong. */
  static CorruptException of(long inode, String what) {
    return of("inode " + inode + " " + what);
  }

  /** Sound, but not read by this library. */
  static UnsupportedException unsupported(String what) {
    return new UnsupportedException("not supported in an ext4 file system: " + what);
  }
}
