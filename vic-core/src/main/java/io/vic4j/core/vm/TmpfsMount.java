package io.vic4j.core.vm;

import java.util.OptionalLong;

/**
 * A file system in the VM's memory that a session sees, empty at each start of its process.
 *
 * @param path where in the session's root it is mounted: absolute
 * @param sizeBytes how much it holds; half of the VM's memory where not given, as Linux has it
 * @param mode the permissions of its root, such as {@code 01777}
 */
public record TmpfsMount(String path, OptionalLong sizeBytes, int mode) {
  /** The permissions unless told otherwise, as Docker has it: all may write, as in {@code /tmp}. */
  public static final int DEFAULT_MODE = 01777;

  /**
   * Checks all fields.
   *
   * @throws InvalidSpecException if the path is no place for a file system, or the size or the mode
   *     is out of range
   */
  public TmpfsMount {
    check(
        path.startsWith("/") && !path.equals("/") && path.indexOf('\0') < 0,
        "'" + path + "' is no place for a file system (want an absolute path, not /)");
    check(sizeBytes.orElse(1) > 0, path + ": a file system of no size holds nothing");
    check(mode >= 0 && mode <= 07777, path + ": 0" + Integer.toOctalString(mode) + " is no mode");
  }

  /** One of Linux's default size, which all may write. */
  public static TmpfsMount of(String path) {
    return new TmpfsMount(path, OptionalLong.empty(), DEFAULT_MODE);
  }

  /** One of this size, which all may write. */
  public static TmpfsMount of(String path, long sizeBytes) {
    return new TmpfsMount(path, OptionalLong.of(sizeBytes), DEFAULT_MODE);
  }

  private static void check(boolean right, String problem) {
    if (!right) {
      throw new InvalidSpecException("tmpfs", problem);
    }
  }
}
