package io.vic4j.core.vm;

import io.vic4j.core.vm.LogEntry.Output;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;

/** A part of a log. */
final class SelectedLog implements LogReader {
  private final LogReader log;
  private final LogOptions options;
  private final Set<Output> cut;
  private int skip;

  private SelectedLog(LogReader log, LogOptions options, LogTail.Place place) {
    this.log = log;
    this.options = options;
    this.cut = EnumSet.noneOf(Output.class);
    this.cut.addAll(place.cut());
    this.skip = place.offset();
  }

  /**
   * A part of a log.
   *
   * @param whole opens what there is of the log at a position
   * @param followed opens it so that reads wait at the end
   */
  static LogReader open(
      LogOptions options, LongFunction<LogReader> whole, LongFunction<LogReader> followed) {
    LogTail.Place place = new LogTail.Place(options.position(), 0, Set.of());
    if (options.tail().isPresent()) {
      try (LogReader all = whole.apply(options.position())) {
        place = LogTail.find(all, options, options.tail().getAsLong());
      }
    }
    LogReader log = (options.follow() ? followed : whole).apply(place.position());
    return new SelectedLog(log, options, place);
  }

  @Override
  public long position() {
    return log.position();
  }

  @Override
  public Optional<LogEntry> next() {
    while (true) {
      Optional<LogEntry> next = log.next();
      if (next.isEmpty()) {
        return next;
      }
      LogEntry entry = next.get();
      if (options.until().filter(time -> !entry.time().isBefore(time)).isPresent()) {
        return Optional.empty();
      }
      if (options.has(entry)) {
        LogEntry rest = rest(entry);
        if (rest.sizeBytes() > 0) {
          return Optional.of(rest);
        }
      }
    }
  }

  private LogEntry rest(LogEntry entry) {
    ByteBuffer content = entry.content();
    content.position(Math.min(skip, content.limit()));
    skip = 0;
    if (cut.contains(entry.output())) {
      while (content.hasRemaining() && cut.contains(entry.output())) {
        if (content.get() == '\n') {
          cut.remove(entry.output());
        }
      }
    }
    if (content.position() == 0) {
      return entry;
    }
    byte[] bytes = new byte[content.remaining()];
    content.get(bytes);
    return LogEntry.of(entry.time(), entry.output(), bytes);
  }

  @Override
  public void close() {
    log.close();
  }
}
