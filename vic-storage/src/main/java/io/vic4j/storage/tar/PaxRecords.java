package io.vic4j.storage.tar;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The records of pax headers: what the global ones and the local one say together. Source:
 * POSIX.1-2017, pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files"; star(4) and
 * libarchive's tar(5) for extended attributes.
 *
 * <p>All methods throw NumberFormatException for what is not well-formed.
 */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";
  private static final String LIBARCHIVE_XATTR = "LIBARCHIVE.xattr.";

  private final Map<String, ByteString> records;

  /** Sparse format 0.0 repeats its keywords, once for each section. */
  private SparseMap.@Nullable Builder repeatedSections;

  private OptionalLong repeatedOffset = OptionalLong.empty();

  PaxRecords() {
    records = new HashMap<>();
  }

  PaxRecords(PaxRecords global) {
    records = new HashMap<>(global.records);
  }

  /** Reads {@code "length keyword=value\n"} until the bytes end; later records win. */
  void parse(byte[] data) {
    int at = 0;
    while (at < data.length) {
      int space = at;
      int length = 0;
      while (space < data.length && data[space] >= '0' && data[space] <= '9' && length <= 1 << 24) {
        length = length * 10 + data[space++] - '0';
      }
      int end = at + length;
      if (space == at || end > data.length || end - 1 <= space || data[space] != ' ') {
        throw new NumberFormatException("pax record of a wrong length");
      }
      if (data[end - 1] != '\n') {
        throw new NumberFormatException("pax record without a line end");
      }
      int equals = space + 1;
      while (equals < end && data[equals] != '=') {
        equals++;
      }
      if (equals >= end || equals == space + 1) {
        throw new NumberFormatException("pax record without a keyword");
      }
      put(
          new String(data, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1),
          ByteString.of(data, equals + 1, end - equals - 2));
      at = end;
    }
  }

  private void put(String keyword, ByteString value) {
    switch (keyword) {
      case "GNU.sparse.offset" -> repeatedOffset = OptionalLong.of(decimal(value));
      case "GNU.sparse.numbytes" -> {
        if (repeatedSections == null) {
          repeatedSections = new SparseMap.Builder();
        }
        repeatedSections.add(
            repeatedOffset.orElseThrow(NumberFormatException::new), decimal(value));
      }
      default -> records.put(keyword, value);
    }
  }

  /** A text; null if there is none, or an empty one, which takes back what was said before. */
  @Nullable ByteString text(String keyword) {
    ByteString value = records.get(keyword);
    if (value == null || value.isEmpty()) {
      return null;
    }
    if (value.indexOf(0, 0) < value.size()) {
      throw new NumberFormatException("NUL in pax record '" + keyword + "'");
    }
    return value;
  }

  long number(String keyword, long otherwise) {
    ByteString value = text(keyword);
    return value == null ? otherwise : decimal(value);
  }

  /** Seconds since 1970 with a fraction, which may be finer than we keep. */
  @Nullable Instant time(String keyword) {
    ByteString value = text(keyword);
    if (value == null) {
      return null;
    }
    int dot = value.indexOf('.', 0);
    boolean negative = value.at(0) == '-';
    long seconds = dot == (negative ? 1 : 0) ? 0 : decimal(value.substring(0, dot));
    long nanos = 0;
    long unit = 100_000_000;
    boolean finer = false;
    for (int i = dot + 1; i < value.size(); i++) {
      int digit = value.at(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new NumberFormatException("not a time: '" + value + "'");
      }
      finer |= unit == 0 && digit > 0;
      nanos += digit * unit;
      unit /= 10;
    }
    try {
      // What is finer than a nanosecond is cut off towards the past.
      return negative
          ? Instant.ofEpochSecond(seconds).minusNanos(nanos + (finer ? 1 : 0))
          : Instant.ofEpochSecond(seconds, nanos);
    } catch (DateTimeException | ArithmeticException e) {
      throw (NumberFormatException) new NumberFormatException("time out of range").initCause(e);
    }
  }

  /** Adds the extended attributes; star's way of writing them wins over libarchive's. */
  void addXattrs(TarEntry.Builder entry) {
    for (Map.Entry<String, ByteString> record : records.entrySet()) {
      if (record.getKey().startsWith(LIBARCHIVE_XATTR)) {
        byte[] name = percentDecoded(record.getKey().substring(LIBARCHIVE_XATTR.length()));
        entry.xattr(ByteString.of(name), base64(record.getValue()));
      }
    }
    for (Map.Entry<String, ByteString> record : records.entrySet()) {
      if (record.getKey().startsWith(XATTR)) {
        String name = record.getKey().substring(XATTR.length());
        entry.xattr(ByteString.of(name.getBytes(StandardCharsets.ISO_8859_1)), record.getValue());
      }
    }
  }

  /** Whether a sparse map of format 1.0 stands before the file's content. */
  boolean sparseMapInContent() {
    return number("GNU.sparse.major", 0) == 1 && number("GNU.sparse.minor", 0) == 0;
  }

  /** The sparse map of format 0.0 or 0.1; null if there is none. */
  @Nullable SparseMap sparseMap() {
    ByteString map = text("GNU.sparse.map");
    long size = number("GNU.sparse.size", -1);
    if (map == null) {
      return repeatedSections == null ? null : repeatedSections.build(size);
    }
    SparseMap.Builder sections = new SparseMap.Builder();
    for (int at = 0; at < map.size(); ) {
      int comma = map.indexOf(',', at);
      int next = map.indexOf(',', Math.min(comma + 1, map.size()));
      if (comma == map.size()) {
        throw new NumberFormatException("sparse map with an odd count of numbers");
      }
      sections.add(decimal(map.substring(at, comma)), decimal(map.substring(comma + 1, next)));
      at = next + 1;
    }
    return sections.build(size);
  }

  private static long decimal(ByteString value) {
    // Long.parseLong takes digits of all scripts and a '+'; Latin-1 has ASCII digits only.
    String text = new String(value.array(), StandardCharsets.ISO_8859_1);
    if (text.startsWith("+")) {
      throw new NumberFormatException("not a number: '" + value + "'");
    }
    return Long.parseLong(text);
  }

  private static byte[] percentDecoded(String text) {
    byte[] decoded = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' && i + 2 < text.length()) {
        decoded[length++] = (byte) Integer.parseInt(text.substring(i + 1, i + 3), 16);
        i += 2;
      } else {
        decoded[length++] = (byte) c;
      }
    }
    return Arrays.copyOf(decoded, length);
  }

  private static ByteString base64(ByteString value) {
    try {
      return ByteString.of(Base64.getDecoder().decode(value.array()));
    } catch (IllegalArgumentException e) {
      throw (NumberFormatException)
          new NumberFormatException("extended attribute not in base 64").initCause(e);
    }
  }
}
