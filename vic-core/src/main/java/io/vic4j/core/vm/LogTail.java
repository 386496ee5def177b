package io.vic4j.core.vm;

import io.vic4j.core.vm.LogEntry.Output;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where the last lines of a log begin. Needs memory for the lines' places, not for the lines. */
final class LogTail {
  /**
   * A place in a log.
   *
   * @param position where its entry begins
   * @param offset how much of the entry's content to leave out
   * @param cut outputs that are in the middle of a line there, which is left out to its end
   */
  record Place(long position, int offset, Set<Output> cut) {}

  private final Deque<Place> begins = new ArrayDeque<>();
  private final Map<Output, Boolean> inLine = new EnumMap<>(Output.class);
  private final long lines;

  private LogTail(long lines) {
    this.lines = lines;
  }

  /** Where the last lines of those entries begin that the options want. */
  static Place find(LogReader log, LogOptions options, long lines) {
    LogTail tail = new LogTail(lines);
    long position = log.position();
    for (Optional<LogEntry> next = log.next(); next.isPresent(); next = log.next()) {
      LogEntry entry = next.get();
      if (options.has(entry)) {
        tail.see(position, entry);
      }
      position = log.position();
    }
    return lines == 0 || tail.begins.isEmpty()
        ? new Place(position, 0, EnumSet.noneOf(Output.class))
        : tail.begins.getFirst();
  }

  private void see(long position, LogEntry entry) {
    ByteBuffer content = entry.content();
    while (content.hasRemaining()) {
      if (!inLine.getOrDefault(entry.output(), false)) {
        begin(position, content.position(), entry.output());
      }
      boolean ended = false;
      while (content.hasRemaining() && !ended) {
        ended = content.get() == '\n';
      }
      inLine.put(entry.output(), !ended);
    }
  }

  private void begin(long position, int offset, Output output) {
    Set<Output> cut = EnumSet.noneOf(Output.class);
    inLine.forEach(
        (other, open) -> {
          if (open && other != output) {
            cut.add(other);
          }
        });
    begins.addLast(new Place(position, offset, cut));
    if (begins.size() > Math.max(lines, 1)) {
      begins.removeFirst();
    }
  }
}
