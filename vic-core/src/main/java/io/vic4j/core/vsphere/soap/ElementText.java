package io.vic4j.core.vsphere.soap;

import java.util.Arrays;

/**
 * The characters of the element that is being read, in a buffer that is used again: numbers and
 * flags become values without a String between.
 */
final class ElementText {
  private char[] chars = new char[256];
  private int length;

  void clear() {
    length = 0;
  }

  int length() {
    return length;
  }

  void append(char[] source, int from, int count) {
    if (chars.length - length < count) {
      chars = Arrays.copyOf(chars, Math.max(chars.length * 2, length + count));
    }
    System.arraycopy(source, from, chars, length, count);
    length += count;
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
    return new String(chars, from, end(from) - from);
  }

  private int start() {
    int from = 0;
    while (from < length && chars[from] <= ' ') {
      from++;
    }
    return from;
  }

  private int end(int from) {
    int end = length;
    while (end > from && chars[end - 1] <= ' ') {
      end--;
    }
    return end;
  }

  /** The whole text. */
  @Override
  public String toString() {
    return new String(chars, 0, length);
  }
}
