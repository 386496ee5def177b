package io.vic4j.core.vm;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.LogEntry.Output;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/** Reads the frames of {@link LogFormat}. */
class FrameReader implements LogReader {
  private final InputStream frames;
  private long position;

  FrameReader(InputStream frames, long position) {
    this.frames = frames;
    this.position = position;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public Optional<LogEntry> next() {
    try {
      byte[] header = frames.readNBytes(LogFormat.HEADER_BYTES);
      if (header.length < LogFormat.HEADER_BYTES) {
        return Optional.empty();
      }
      ByteBuffer fields = ByteBuffer.wrap(header);
      byte code = fields.get();
      int length = fields.getInt();
      long seconds = fields.getLong();
      int nanos = fields.getInt();
      if ((code != Output.STDOUT.code && code != Output.STDERR.code)
          || length < 0
          || length > LogFormat.MAX_CONTENT_BYTES
          || seconds < Instant.MIN.getEpochSecond()
          || seconds > Instant.MAX.getEpochSecond()
          || nanos < 0
          || nanos > 999_999_999) {
        throw new CorruptException("the log of a session holds something that is no frame", null);
      }
      byte[] content = frames.readNBytes(length);
      if (content.length < length) {
        return Optional.empty();
      }
      position += header.length + length;
      return Optional.of(
          LogEntry.of(
              Instant.ofEpochSecond(seconds, nanos),
              code == Output.STDOUT.code ? Output.STDOUT : Output.STDERR,
              content));
    } catch (IOException e) {
      throw new UnavailableException("the log of a session cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      frames.close();
    } catch (IOException e) {
      throw new UnavailableException("the log of a session cannot be closed", e);
    }
  }
}
