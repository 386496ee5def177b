package io.vic4j.storage.tar;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * The fields of one header block. Sources: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar
 * manual, "Basic Tar Format" (base-256 numbers, the sparse fields); star(4) for its variant of the
 * prefix.
 */
final class TarHeader {
  private static final byte[] USTAR = {'u', 's', 't', 'a', 'r', 0};
  private static final byte[] GNU = {'u', 's', 't', 'a', 'r', ' ', ' ', 0};
  private static final byte[] STAR = {'t', 'a', 'r', 0};

  private final byte[] block;
  private final int start;

  TarHeader(byte[] block, int start) {
    this.block = block;
    this.start = start;
  }

  static boolean isZero(byte[] block, int start) {
    for (int i = start; i < start + TarBlocks.BLOCK; i++) {
      if (block[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the sum of all bytes is as the header says; some old tars summed signed bytes. */
  boolean checksumHolds() {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < TarBlocks.BLOCK; i++) {
      byte value = i >= 148 && i < 156 ? (byte) ' ' : block[start + i];
      unsigned += value & 0xff;
      signed += value;
    }
    long expected;
    try {
      expected = number(148, 8);
    } catch (NumberFormatException e) {
      return false;
    }
    return expected == unsigned || expected == signed;
  }

  char typeFlag() {
    return (char) (block[start + 156] & 0xff);
  }

  ByteString name() {
    ByteString name = text(0, 100);
    if (!is(USTAR, 257)) {
      return name;
    }
    ByteString prefix = text(345, is(STAR, 508) ? 131 : 155);
    if (prefix.isEmpty()) {
      return name;
    }
    byte[] joined = new byte[prefix.size() + 1 + name.size()];
    System.arraycopy(prefix.array(), 0, joined, 0, prefix.size());
    joined[prefix.size()] = '/';
    System.arraycopy(name.array(), 0, joined, prefix.size() + 1, name.size());
    return ByteString.of(joined);
  }

  ByteString linkTarget() {
    return text(157, 100);
  }

  int mode() {
    return (int) number(100, 8);
  }

  long uid() {
    return number(108, 8);
  }

  long gid() {
    return number(116, 8);
  }

  long size() {
    return number(124, 12);
  }

  Instant modified() {
    try {
      return Instant.ofEpochSecond(number(136, 12));
    } catch (DateTimeException e) {
      throw (NumberFormatException) new NumberFormatException("time out of range").initCause(e);
    }
  }

  /** Whether the fields for devices are there; the oldest tars have none. */
  private boolean hasDevice() {
    return is(USTAR, 257) || is(GNU, 257);
  }

  long deviceMajor() {
    return hasDevice() ? number(329, 8) : 0;
  }

  long deviceMinor() {
    return hasDevice() ? number(337, 8) : 0;
  }

  /** The real size of a sparse file of GNU tar's old format. */
  long gnuRealSize() {
    return number(483, 12);
  }

  /**
   * Adds the sections that a header of GNU tar's old sparse format lists.
   *
   * @return whether a block with more of them follows
   */
  boolean gnuSections(SparseMap.Builder sections) {
    return sections(sections, 386, 4, 482);
  }

  /** Adds the sections of a block that only lists sections; returns whether another follows. */
  boolean gnuMoreSections(SparseMap.Builder sections) {
    return sections(sections, 0, 21, 504);
  }

  private boolean sections(SparseMap.Builder sections, int offset, int count, int more) {
    for (int i = 0; i < count; i++) {
      int at = offset + i * 24;
      if (block[start + at + 12] == 0) {
        break;
      }
      sections.add(number(at, 12), number(at + 12, 12));
    }
    return block[start + more] != 0;
  }

  private boolean is(byte[] magic, int offset) {
    for (int i = 0; i < magic.length; i++) {
      if (block[start + offset + i] != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private ByteString text(int offset, int length) {
    int end = start + offset;
    while (end < start + offset + length && block[end] != 0) {
      end++;
    }
    return ByteString.of(block, start + offset, end - start - offset);
  }

  /**
   * A number: octal digits, or, if the first bit is set, the rest of the field as a binary number
   * in two's complement.
   *
   * @throws NumberFormatException if it is none or has more than 64 bits
   */
  private long number(int offset, int length) {
    int from = start + offset;
    return (block[from] & 0x80) != 0 ? binary(from, length) : octal(from, length);
  }

  private long binary(int from, int length) {
    // Bit 0x40 of the first byte is the sign; 0x80 only marks the form.
    long value = (block[from] & 0x40) != 0 ? block[from] | ~0x3fL : block[from] & 0x3f;
    for (int i = 1; i < length; i++) {
      if (value != (value << 8) >> 8) {
        throw new NumberFormatException("number of more than 64 bits");
      }
      value = (value << 8) | (block[from + i] & 0xff);
    }
    return value;
  }

  private long octal(int from, int length) {
    int end = from + length;
    int at = from;
    while (at < end && (block[at] == ' ' || block[at] == 0)) {
      at++;
    }
    long value = 0;
    while (at < end && block[at] >= '0' && block[at] <= '7') {
      value = (value << 3) | (block[at] - '0');
      at++;
    }
    while (at < end && (block[at] == ' ' || block[at] == 0)) {
      at++;
    }
    if (at < end) {
      throw new NumberFormatException(
          "not an octal number: '"
              + ByteString.of(new String(block, from, length, StandardCharsets.ISO_8859_1))
              + "'");
    }
    return value;
  }
}
