package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;

/**
 * How much memory a VM has.
 *
 * @param bytes the amount in bytes, more than 0
 */
public record MemorySize(long bytes) implements Comparable<MemorySize> {
  private static final long MEBIBYTE = 1L << 20;

  /** Checks that it is more than nothing. */
  public MemorySize {
    if (bytes <= 0) {
      throw new InvalidArgumentException("a memory size must be more than 0 bytes, not " + bytes);
    }
  }

  /** This many bytes. */
  public static MemorySize ofBytes(long bytes) {
    return new MemorySize(bytes);
  }

  /** This many times 2<sup>20</sup> bytes. */
  public static MemorySize ofMebibytes(long mebibytes) {
    try {
      return new MemorySize(Math.multiplyExact(mebibytes, MEBIBYTE));
    } catch (ArithmeticException e) {
      throw new InvalidArgumentException("no memory is that large: " + mebibytes + " MiB", e);
    }
  }

  /** The amount in whole mebibytes, rounded down. */
  public long mebibytes() {
    return bytes / MEBIBYTE;
  }

  /** The least multiple of {@code unit} that is no less than this. */
  public MemorySize roundedUpTo(MemorySize unit) {
    long units = bytes / unit.bytes + (bytes % unit.bytes == 0 ? 0 : 1);
    try {
      return new MemorySize(Math.multiplyExact(units, unit.bytes));
    } catch (ArithmeticException e) {
      throw new InvalidArgumentException("no memory is that large: " + bytes + " bytes", e);
    }
  }

  /** The sum of both. */
  public MemorySize plus(MemorySize other) {
    try {
      return new MemorySize(Math.addExact(bytes, other.bytes));
    } catch (ArithmeticException e) {
      throw new InvalidArgumentException("no memory is that large: " + this + " + " + other, e);
    }
  }

  @Override
  public int compareTo(MemorySize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** In mebibytes where it is whole ones, such as {@code 512 MiB}; else in bytes. */
  @Override
  public String toString() {
    return bytes % MEBIBYTE == 0 ? mebibytes() + " MiB" : bytes + " bytes";
  }
}
