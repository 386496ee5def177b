package io.vic4j.core.vm;

import java.io.Closeable;
import java.util.Optional;

/** Reads what a session printed, in order. Not thread-safe; closing twice is fine. */
public interface LogReader extends Closeable {
  /**
   * The next entry; empty at the end of what there is.
   *
   * @throws io.vic4j.core.CorruptException if the log cannot be made sense of
   */
  Optional<LogEntry> next();

  /** All text from here to the end, both outputs, as UTF-8. */
  default String text() {
    throw new UnsupportedOperationException();
  }

  @Override
  void close();
}
