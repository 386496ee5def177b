package io.vic4j.testkit.demo;

import io.vic4j.core.ProgressEvent;
import java.util.Locale;

/** Bytes as people read them, in powers of 1000 as storage and networks count. */
final class Sizes {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

  private Sizes() {}

  static String of(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 999.5 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    String format = unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, value, UNITS[unit]);
  }

  /** How far a task is, such as {@code 12.5 MB / 95.1 MB}; empty if it counts no bytes. */
  static String of(ProgressEvent event) {
    if (event.totalBytes().isEmpty()) {
      return event.doneBytes() == 0 ? "" : of(event.doneBytes());
    }
    long total = event.totalBytes().getAsLong();
    return event.doneBytes() >= total ? of(total) : of(event.doneBytes()) + " / " + of(total);
  }
}
