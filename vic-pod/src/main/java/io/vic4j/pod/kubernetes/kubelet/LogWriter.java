package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.vm.LogEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.EnumSet;
import java.util.Set;

/** Writes what a container has printed as text, up to a limit. For one thread. */
final class LogWriter {
  // Go's time.RFC3339Nano: fractions without zeros at their end.
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendLiteral('Z')
          .toFormatter()
          .withZone(ZoneOffset.UTC);

  private final OutputStream out;
  private final boolean timestamps;
  private final Set<LogEntry.Output> inLine = EnumSet.noneOf(LogEntry.Output.class);
  private long left;

  /**
   * Nothing written yet.
   *
   * @param timestamps whether each line begins with the time at which its first byte was printed
   * @param limitBytes at most so much is written
   */
  LogWriter(OutputStream out, boolean timestamps, long limitBytes) {
    this.out = out;
    this.timestamps = timestamps;
    this.left = limitBytes;
  }

  /**
   * Writes an entry.
   *
   * @return whether there is room for more
   */
  boolean write(LogEntry entry) throws IOException {
    byte[] content = new byte[entry.sizeBytes()];
    entry.content().get(content);
    int begin = 0;
    while (timestamps && begin < content.length && left > 0) {
      if (inLine.add(entry.output())) {
        put(stamp(entry.time()), 0, Integer.MAX_VALUE);
      }
      int end = begin;
      while (end < content.length && content[end] != '\n') {
        end++;
      }
      if (end < content.length) {
        end++;
        inLine.remove(entry.output());
      }
      put(content, begin, end);
      begin = end;
    }
    if (!timestamps) {
      put(content, 0, content.length);
    }
    return left > 0;
  }

  private static byte[] stamp(Instant time) {
    return (TIME.format(time) + " ").getBytes(StandardCharsets.US_ASCII);
  }

  private void put(byte[] bytes, int begin, int end) throws IOException {
    int count = (int) Math.min(left, Math.min(end, bytes.length) - begin);
    out.write(bytes, begin, count);
    left -= count;
  }
}
