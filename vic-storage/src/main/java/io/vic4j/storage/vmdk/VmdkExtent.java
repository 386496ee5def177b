package io.vic4j.storage.vmdk;

/**
 * One line of a descriptor's extent description: where a disk's content is.
 *
 * <p>Source: Virtual Disk Format 5.0, "The Extent Description".
 *
 * @param access what may be done with it
 * @param sizeBytes its share of the disk's capacity, a multiple of 512
 * @param kind how the file holds it
 * @param fileName the file's name, in the folder of the descriptor
 * @param offsetBytes where in the file a flat extent begins, a multiple of 512; 0 for sparse ones
 */
public record VmdkExtent(
    Access access, long sizeBytes, Kind kind, String fileName, long offsetBytes) {
  static final int SECTOR_BYTES = 512;

  /** 62 TiB, the largest disk vSphere has. */
  static final long MAX_SIZE_BYTES = 62L << 40;

  private static final int MAX_NAME_CHARS = 255;

  /** What may be done with an extent. */
  public enum Access {
    /** Read and written. */
    RW,
    /** Read only; QEMU skips such extents. */
    RDONLY
  }

  /** How a file holds an extent. */
  public enum Kind {
    /** Raw. */
    FLAT,
    /** Raw, in the words of ESXi. */
    VMFS,
    /** In grains that are found through tables. */
    SPARSE
  }

  /** Checks that sizes are whole sectors, and that the name is one and can stand in quotes. */
  public VmdkExtent {
    checkSectors("size", sizeBytes);
    checkSectors("offset", offsetBytes);
    if (sizeBytes == 0) {
      throw new IllegalArgumentException("the size of an extent is 0 bytes");
    }
    if (!isPlainName(fileName)) {
      throw new IllegalArgumentException("not the name of an extent's file: '" + fileName + "'");
    }
  }

  private static void checkSectors(String what, long bytes) {
    if (bytes < 0 || bytes % SECTOR_BYTES != 0 || bytes > MAX_SIZE_BYTES) {
      throw new IllegalArgumentException(
          "the " + what + " of an extent must be a multiple of 512 up to 62 TiB: " + bytes);
    }
  }

  static boolean isPlainName(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_NAME_CHARS
        && !name.equals(".")
        && !name.equals("..")
        && name.chars()
            .noneMatch(c -> c == '/' || c == '\\' || c == '"' || Character.isISOControl(c));
  }

  String render() {
    String line = access + " " + sizeBytes / SECTOR_BYTES + " " + kind + " \"" + fileName + "\"";
    return kind == Kind.FLAT ? line + " " + offsetBytes / SECTOR_BYTES : line;
  }
}
