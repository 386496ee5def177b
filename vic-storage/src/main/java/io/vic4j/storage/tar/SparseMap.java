package io.vic4j.storage.tar;

import java.util.Arrays;

/** Where the stored bytes of a sparse file belong; all else of it is holes. */
final class SparseMap {
  /** More sections than a file has that is not made to harm; they are held in memory. */
  private static final int MAX_SECTIONS = 1 << 20;

  private final long[] offsets;
  private final long[] lengths;
  private final long sizeBytes;

  private SparseMap(long[] offsets, long[] lengths, long sizeBytes) {
    this.offsets = offsets;
    this.lengths = lengths;
    this.sizeBytes = sizeBytes;
  }

  /** Where a section begins. */
  long offset(int section) {
    return offsets[section];
  }

  /** How many bytes a section has. */
  long length(int section) {
    return lengths[section];
  }

  /** How long the file is, holes included. */
  long sizeBytes() {
    return sizeBytes;
  }

  /** How many bytes are stored. */
  long storedBytes() {
    return Arrays.stream(lengths).sum();
  }

  /** Collects sections in the order of the file. */
  static final class Builder {
    private long[] offsets = new long[8];
    private long[] lengths = new long[8];
    private int count;
    private long end;

    /**
     * One more section.
     *
     * @throws NumberFormatException if it does not lie behind the one before
     */
    void add(long offset, long length) {
      if (length < 0 || offset < end || offset + length < offset) {
        throw new NumberFormatException("sparse section out of order at " + offset);
      }
      if (length > 0) {
        if (count == MAX_SECTIONS) {
          throw new NumberFormatException("more than " + MAX_SECTIONS + " sparse sections");
        }
        if (count == offsets.length) {
          offsets = Arrays.copyOf(offsets, count * 2);
          lengths = Arrays.copyOf(lengths, count * 2);
        }
        offsets[count] = offset;
        lengths[count] = length;
        count++;
        end = offset + length;
      }
    }

    /**
     * The map of a file of this size.
     *
     * @throws NumberFormatException if a section lies past the end
     */
    SparseMap build(long sizeBytes) {
      if (sizeBytes < end) {
        throw new NumberFormatException("sparse section past the file's end at " + sizeBytes);
      }
      return new SparseMap(Arrays.copyOf(offsets, count), Arrays.copyOf(lengths, count), sizeBytes);
    }
  }
}
