package io.vic4j.core.vsphere.soap;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The text of the element that is being read, as UTF-8 in a buffer that is used again: numbers and
 * flags become values without a String between.
 */
final class ElementText {
  private byte[] chars = new byte[256];
  private int length;
  private boolean ascii = true;

  void clear() {
    length = 0;
    ascii = true;
  }

  int length() {
    return length;
  }

  /** Adds bytes that are ASCII. */
  void append(byte[] source, int from, int count) {
    makeRoom(count);
    System.arraycopy(source, from, chars, length, count);
    length += count;
  }

  /** Adds a character that is not a surrogate. */
  void append(int codePoint) {
    makeRoom(4);
    if (codePoint < 0x80) {
      chars[length++] = (byte) codePoint;
      return;
    }
    ascii = false;
    if (codePoint < 0x800) {
      chars[length++] = (byte) (0xc0 | codePoint >> 6);
    } else {
      if (codePoint < 0x10000) {
        chars[length++] = (byte) (0xe0 | codePoint >> 12);
      } else {
        chars[length++] = (byte) (0xf0 | codePoint >> 18);
        chars[length++] = (byte) (0x80 | (codePoint >> 12 & 0x3f));
      }
      chars[length++] = (byte) (0x80 | (codePoint >> 6 & 0x3f));
    }
    chars[length++] = (byte) (0x80 | (codePoint & 0x3f));
  }

  private void makeRoom(int count) {
    if (chars.length - length < count) {
      chars = Arrays.copyOf(chars, Math.max(chars.length * 2, length + count));
    }
  }

  /**
   * The whole number that the text is, spaces around it left out.
   *
   * @throws NumberFormatException if it is none from min to max
   */
  long number(long min, long max) {
    int from = start();
    int end = end(from);
    int at = from;
    boolean negative = at < end && chars[at] == '-';
    if (at < end && (negative || chars[at] == '+')) {
      at++;
    }
    // Below zero there is room for the smallest number, too.
    long value = 0;
    boolean valid = at < end;
    for (; valid && at < end; at++) {
      int digit = chars[at] - '0';
      valid =
          digit >= 0
              && digit <= 9
              && value >= Long.MIN_VALUE / 10
              && value * 10 >= Long.MIN_VALUE + digit;
      value = value * 10 - digit;
    }
    valid &= negative || value != Long.MIN_VALUE;
    long number = negative ? value : -value;
    if (!valid || number < min || number > max) {
      throw new NumberFormatException("no whole number from " + min + " to " + max);
    }
    return number;
  }

  /**
   * Whether the text is a whole number as {@code xsd:byte} writes it, without signs and zeros that
   * say nothing. No base64 text is: that has four characters at least, and no minus.
   */
  boolean isByte() {
    int from = start();
    int count = end(from) - from;
    boolean negative = count > 0 && chars[from] == '-';
    int digits = negative ? count - 1 : count;
    int first = negative ? from + 1 : from;
    if (digits < 1 || digits > 3 || (digits > 1 && chars[first] == '0')) {
      return false;
    }
    for (int i = first; i < first + digits; i++) {
      if (chars[i] < '0' || chars[i] > '9') {
        return false;
      }
    }
    return true;
  }

  /**
   * The flag that the text is: {@code true}, {@code 1}, {@code false} or {@code 0}.
   *
   * @throws IllegalArgumentException if it is none
   */
  boolean flag() {
    int from = start();
    int count = end(from) - from;
    if ((count == 1 && chars[from] == '1') || is("true", from, count)) {
      return true;
    }
    if ((count == 1 && chars[from] == '0') || is("false", from, count)) {
      return false;
    }
    throw new IllegalArgumentException("no flag");
  }

  private boolean is(String word, int from, int count) {
    if (count != word.length()) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if (chars[from + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The text without spaces around it. */
  String trimmed() {
    int from = start();
    return string(from, end(from) - from);
  }

  private int start() {
    int from = 0;
    while (from < length && chars[from] >= 0 && chars[from] <= ' ') {
      from++;
    }
    return from;
  }

  private int end(int from) {
    int end = length;
    while (end > from && chars[end - 1] >= 0 && chars[end - 1] <= ' ') {
      end--;
    }
    return end;
  }

  /** The whole text. */
  @Override
  public String toString() {
    return string(0, length);
  }

  private String string(int from, int count) {
    return new String(
        chars, from, count, ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }
}
