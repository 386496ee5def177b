package io.vic4j.storage.tar;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes a tar archive as a stream: POSIX ustar, with a pax header before each entry that ustar
 * cannot tell whole. The same entries make the same bytes.
 *
 * <pre>{@code
 * TarWriter tar = new TarWriter(out);
 * tar.put(TarEntry.builder(TarEntry.Type.FILE, "etc/hostname").mode(0644).sizeBytes(4).build());
 * tar.write("box\n".getBytes(UTF_8));
 * tar.finish();
 * }</pre>
 *
 * <p>Sources: POSIX.1-2017, pax; extended attributes as star writes them ({@code SCHILY.xattr.}),
 * which GNU tar, libarchive and all container tools read. Names are written byte for byte.
 *
 * <p>What the stream throws goes through. The stream stays the caller's to close. For use by one
 * thread.
 */
public final class TarWriter {
  private static final int BLOCK = TarBlocks.BLOCK;
  private static final byte[] ZEROS = new byte[16 * BLOCK];
  private static final long MAX_OCTAL_8 = 07777777;
  private static final long MAX_OCTAL_12 = 077777777777L;

  private final OutputStream out;
  private long contentLeft;
  private int padding;
  private boolean finished;

  /** Writes an archive to this stream, from its next byte on. */
  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes an entry. If it is a file, its {@linkplain #write content} follows, as many bytes as it
   * declares.
   *
   * @throws IllegalArgumentException if it is of {@link TarEntry.Type#OTHER}, or a device with
   *     numbers that tar cannot tell
   * @throws IllegalStateException if content of the entry before is missing, or after {@link
   *     #finish}
   */
  public void put(TarEntry entry) throws IOException {
    if (entry.type() == TarEntry.Type.OTHER) {
      throw new IllegalArgumentException("cannot write " + entry);
    }
    endContent();
    byte[] header = new byte[BLOCK];
    byte[] records = encode(header, entry);
    if (records.length > 0) {
      byte[] paxHeader = new byte[BLOCK];
      text(paxHeader, 0, 100, ByteString.of("././@PaxHeader"));
      number(paxHeader, 100, 8, 0644);
      number(paxHeader, 108, 8, 0);
      number(paxHeader, 116, 8, 0);
      number(paxHeader, 124, 12, records.length);
      number(paxHeader, 136, 12, 0);
      paxHeader[156] = TypeFlags.PAX_LOCAL;
      seal(paxHeader);
      out.write(paxHeader);
      out.write(records);
      out.write(ZEROS, 0, paddingOf(records.length));
    }
    seal(header);
    out.write(header);
    contentLeft = entry.sizeBytes();
    padding = paddingOf(contentLeft);
  }

  /** Writes some of the current file's content. */
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > contentLeft) {
      throw new IllegalArgumentException(
          length + " bytes of content where " + contentLeft + " are left of what was declared");
    }
    out.write(bytes, offset, length);
    contentLeft -= length;
  }

  /** Writes some of the current file's content. */
  public void write(byte[] bytes) throws IOException {
    write(bytes, 0, bytes.length);
  }

  /** Writes zeros as content of the current file. */
  public void writeZeros(long count) throws IOException {
    for (long left = count; left > 0; ) {
      int now = (int) Math.min(left, ZEROS.length);
      write(ZEROS, 0, now);
      left -= now;
    }
  }

  /** Ends the archive. Nothing is written after; the stream is not flushed. */
  public void finish() throws IOException {
    endContent();
    finished = true;
    out.write(ZEROS, 0, 2 * BLOCK);
  }

  private void endContent() throws IOException {
    if (finished || contentLeft > 0) {
      throw new IllegalStateException(
          finished ? "the archive is finished" : contentLeft + " bytes of content are missing");
    }
    out.write(ZEROS, 0, padding);
    padding = 0;
  }

  /** Fills a header; returns the pax records for what does not fit, none if all fits. */
  private static byte[] encode(byte[] header, TarEntry entry) {
    SortedMap<ByteString, ByteString> records = new TreeMap<>();
    fitText(header, 0, "path", entry.name(), records);
    entry.linkTarget().ifPresent(target -> fitText(header, 157, "linkpath", target, records));
    number(header, 100, 8, entry.mode());
    fitNumber(header, 108, 8, "uid", entry.uid(), records);
    fitNumber(header, 116, 8, "gid", entry.gid(), records);
    fitNumber(header, 124, 12, "size", entry.sizeBytes(), records);
    Instant modified = entry.modified();
    long seconds = modified.getEpochSecond();
    boolean plain = modified.getNano() == 0 && seconds >= 0 && seconds <= MAX_OCTAL_12;
    number(header, 136, 12, Math.max(0, Math.min(seconds, MAX_OCTAL_12)));
    if (!plain) {
      records.put(ByteString.of("mtime"), time(modified));
    }
    entry.accessed().ifPresent(at -> records.put(ByteString.of("atime"), time(at)));
    entry.changed().ifPresent(at -> records.put(ByteString.of("ctime"), time(at)));
    entry.xattrs().forEach((name, value) -> records.put(xattrKeyword(name), value));
    header[156] = (byte) TypeFlags.flagOf(entry.type());
    text(header, 257, 8, ByteString.of("ustar\00000"));
    device(header, 329, entry.deviceMajor(), entry);
    device(header, 337, entry.deviceMinor(), entry);
    return encode(records);
  }

  private static void fitText(
      byte[] header,
      int offset,
      String keyword,
      ByteString value,
      SortedMap<ByteString, ByteString> records) {
    if (value.size() > 100) {
      records.put(ByteString.of(keyword), value);
    }
    text(header, offset, 100, value.substring(0, Math.min(value.size(), 100)));
  }

  private static void fitNumber(
      byte[] header,
      int offset,
      int length,
      String keyword,
      long value,
      SortedMap<ByteString, ByteString> records) {
    boolean fits = value >= 0 && value <= (length == 8 ? MAX_OCTAL_8 : MAX_OCTAL_12);
    if (!fits) {
      records.put(ByteString.of(keyword), ByteString.of(Long.toString(value)));
    }
    number(header, offset, length, fits ? value : 0);
  }

  private static void device(byte[] header, int offset, long value, TarEntry entry) {
    if (value < 0 || value > MAX_OCTAL_8) {
      throw new IllegalArgumentException("device number " + value + " of " + entry);
    }
    number(header, offset, 8, value);
  }

  private static ByteString xattrKeyword(ByteString name) {
    if (name.indexOf('=', 0) < name.size()) {
      throw new IllegalArgumentException("'=' in the name of an extended attribute: " + name);
    }
    byte[] prefix = "SCHILY.xattr.".getBytes(StandardCharsets.US_ASCII);
    byte[] keyword = Arrays.copyOf(prefix, prefix.length + name.size());
    System.arraycopy(name.array(), 0, keyword, prefix.length, name.size());
    return ByteString.of(keyword);
  }

  private static ByteString time(Instant time) {
    BigDecimal seconds =
        BigDecimal.valueOf(time.getEpochSecond()).add(BigDecimal.valueOf(time.getNano(), 9));
    return ByteString.of(
        seconds.signum() == 0 ? "0" : seconds.stripTrailingZeros().toPlainString());
  }

  private static byte[] encode(SortedMap<ByteString, ByteString> records) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    records.forEach(
        (keyword, value) -> {
          // The length counts its own digits, too.
          int rest = keyword.size() + value.size() + 3;
          int length = rest + Integer.toString(rest).length();
          length = rest + Integer.toString(length).length();
          bytes.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
          bytes.writeBytes(keyword.array());
          bytes.write('=');
          bytes.writeBytes(value.array());
          bytes.write('\n');
        });
    return bytes.toByteArray();
  }

  private static void text(byte[] header, int offset, int length, ByteString value) {
    System.arraycopy(value.array(), 0, header, offset, Math.min(length, value.size()));
  }

  private static void number(byte[] header, int offset, int length, long value) {
    long rest = value;
    for (int i = length - 2; i >= 0; i--) {
      header[offset + i] = (byte) ('0' + (rest & 7));
      rest >>>= 3;
    }
  }

  /** Writes the checksum: six digits, NUL, space. */
  private static void seal(byte[] header) {
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte value : header) {
      sum += value & 0xff;
    }
    number(header, 148, 7, sum);
    header[154] = 0;
  }

  private static int paddingOf(long length) {
    return (int) (-length & (BLOCK - 1));
  }
}
