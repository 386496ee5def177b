package io.vic4j.core.vm;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** What a log's entries hold, one after the other. Closing it closes the log. */
final class LogInputStream extends InputStream {
  private final LogReader log;
  private ByteBuffer content = ByteBuffer.allocate(0);

  LogInputStream(LogReader log) {
    this.log = log;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    while (!content.hasRemaining()) {
      Optional<LogEntry> next = log.next();
      if (next.isEmpty()) {
        return -1;
      }
      content = next.get().content();
    }
    int count = Math.min(length, content.remaining());
    content.get(bytes, offset, count);
    return count;
  }

  @Override
  public void close() {
    log.close();
  }
}
