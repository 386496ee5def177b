package io.vic4j.storage.tar;

/**
 * The typeflag bytes of a tar header. Source: POSIX.1-2017, pax, "ustar Interchange Format"; the
 * capital letters are GNU tar's.
 */
final class TypeFlags {
  static final char PAX_LOCAL = 'x';
  static final char PAX_GLOBAL = 'g';

  /** What Solaris tar calls its local pax header. */
  static final char SOLARIS_LOCAL = 'X';

  static final char GNU_LONG_NAME = 'L';
  static final char GNU_LONG_LINK = 'K';
  static final char GNU_SPARSE = 'S';

  private TypeFlags() {}

  static char flagOf(TarEntry.Type type) {
    return switch (type) {
      case FILE -> '0';
      case HARD_LINK -> '1';
      case SYMBOLIC_LINK -> '2';
      case CHARACTER_DEVICE -> '3';
      case BLOCK_DEVICE -> '4';
      case DIRECTORY -> '5';
      case FIFO -> '6';
      case OTHER -> '?';
    };
  }

  static TarEntry.Type typeOf(char flag) {
    return switch (flag) {
      case '0', '\0', '7', GNU_SPARSE ->
          TarEntry.Type.FILE; // 7 is a file in one piece on its medium
      case '1' -> TarEntry.Type.HARD_LINK;
      case '2' -> TarEntry.Type.SYMBOLIC_LINK;
      case '3' -> TarEntry.Type.CHARACTER_DEVICE;
      case '4' -> TarEntry.Type.BLOCK_DEVICE;
      case '5' -> TarEntry.Type.DIRECTORY;
      case '6' -> TarEntry.Type.FIFO;
      default -> TarEntry.Type.OTHER;
    };
  }
}
