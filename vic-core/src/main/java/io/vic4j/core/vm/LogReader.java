package io.vic4j.core.vm;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads what a session printed, in order. Not thread-safe; closing twice is fine. */
public interface LogReader extends Closeable {
  /**
   * The next entry; empty at the end of what there is.
   *
   * @throws io.vic4j.core.CorruptException if the log cannot be made sense of
   */
  Optional<LogEntry> next();

  /**
   * Where the next entry begins, in bytes from the start of the log: who comes back later
   * {@linkplain ContainerVm#logs(String, long) goes on} there.
   */
  long position();

  /**
   * Writes all that is left to two streams, which stay the caller's; they may be the same one.
   *
   * @throws IOException if a stream does
   */
  default void transferTo(OutputStream out, OutputStream err) throws IOException {
    for (Optional<LogEntry> entry = next(); entry.isPresent(); entry = next()) {
      OutputStream target = entry.get().output() == LogEntry.Output.STDOUT ? out : err;
      byte[] content = new byte[entry.get().sizeBytes()];
      entry.get().content().get(content);
      target.write(content);
    }
  }

  /** All that is left, both outputs, as UTF-8. */
  default String text() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      transferTo(all, all);
    } catch (IOException e) {
      throw new IllegalStateException("memory can be written", e);
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  @Override
  void close();
}
