package io.vic4j.core.vm;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Reads times. Reports are read often, and to read their times takes a formatter the longest. */
final class Times {
  private static final String FORM = "0000-00-00T00:00:00";
  private static final int MAX_FRACTION = 9;

  private Times() {}

  /** As {@link Instant#parse}; quickly what {@link Instant#toString} gives. */
  static Instant parse(String text) {
    int fraction = text.length() - FORM.length() - 2;
    boolean usual =
        hasForm(text)
            && text.endsWith("Z")
            && (fraction == -1
                || (fraction >= 1
                    && fraction <= MAX_FRACTION
                    && text.charAt(FORM.length()) == '.'
                    && areDigits(text, FORM.length() + 1, text.length() - 1)));
    if (!usual || number(text, 11, 2) > 23 || number(text, 17, 2) > 59) {
      return Instant.parse(text);
    }
    int nanos = fraction < 0 ? 0 : number(text, FORM.length() + 1, fraction);
    for (int digits = Math.max(fraction, 0); digits < MAX_FRACTION; digits++) {
      nanos *= 10;
    }
    return LocalDateTime.of(
            number(text, 0, 4),
            number(text, 5, 2),
            number(text, 8, 2),
            number(text, 11, 2),
            number(text, 14, 2),
            number(text, 17, 2),
            nanos)
        .toInstant(ZoneOffset.UTC);
  }

  private static boolean hasForm(String text) {
    if (text.length() <= FORM.length()) {
      return false;
    }
    for (int i = 0; i < FORM.length(); i++) {
      char wanted = FORM.charAt(i);
      if (wanted == '0' ? !areDigits(text, i, i + 1) : text.charAt(i) != wanted) {
        return false;
      }
    }
    return true;
  }

  private static boolean areDigits(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static int number(String text, int from, int digits) {
    return Integer.parseInt(text, from, from + digits, 10);
  }
}
