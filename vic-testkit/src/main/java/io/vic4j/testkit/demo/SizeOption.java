package io.vic4j.testkit.demo;

import io.vic4j.core.InvalidArgumentException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as Docker's options have them, in powers of 1024: {@code 512m}, {@code 2g}. */
final class SizeOption {
  private static final Pattern SIZE = Pattern.compile("(\\d+)([kmg]?)b?");

  private SizeOption() {}

  /**
   * How many bytes a size is.
   *
   * @param option what to call it where it is none
   */
  static long bytes(String option, String text) {
    Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!size.matches()) {
      throw new InvalidArgumentException(option + ": want a size as 512m or 2g");
    }
    int shift =
        switch (size.group(2)) {
          case "g" -> 30;
          case "m" -> 20;
          case "k" -> 10;
          default -> 0;
        };
    try {
      return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << shift);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new InvalidArgumentException(option + " is more than there is", e);
    }
  }
}
