package io.vic4j.image;

import io.vic4j.core.Digest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Names of any kind as names of files, such that different names stay different also where a
 * datastore does not tell upper from lower case, and people can still read them.
 *
 * <p>Lower-case letters, digits, {@code .}, {@code _} and {@code -} stand for themselves, {@code +}
 * for the slash and {@code ,} for the colon; every other byte of the name's UTF-8 form is {@code ~}
 * and two hex digits. A name that becomes too long is {@code ~~} and its SHA-256 digest instead,
 * for {@code ~~} begins no other; what is in the file says the name then.
 */
final class FileNames {
  /** Leaves room for a version and an ending within the 255 bytes that a file's name may have. */
  static final int MAX_LENGTH = 220;

  private static final String HASHED = "~~";
  private static final HexFormat HEX = HexFormat.of();

  private FileNames() {}

  static String escape(String name) {
    StringBuilder escaped = new StringBuilder();
    for (byte value : name.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (value & 0xff);
      if (isPlain(c)) {
        escaped.append(c);
      } else if (c == '/') {
        escaped.append('+');
      } else if (c == ':') {
        escaped.append(',');
      } else {
        escaped.append('~').append(HEX.toHexDigits(value));
      }
    }
    return escaped.length() <= MAX_LENGTH ? escaped.toString() : HASHED + Digest.sha256(name).hex();
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  }
}
