package io.vic4j.core.vm;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A piece of what a session printed, as it came: not a line, nor text. Immutable. */
public final class LogEntry {
  /** Which of its outputs a session printed to. */
  public enum Output {
    /** Standard output; all output of a session with a terminal. */
    STDOUT(1),
    /** Standard error. */
    STDERR(2);

    final byte code;

    Output(int code) {
      this.code = (byte) code;
    }
  }

  private final Instant time;
  private final Output output;
  private final byte[] content;

  private LogEntry(Instant time, Output output, byte[] content) {
    this.time = time;
    this.output = output;
    this.content = content;
  }

  /** An entry of a copy of these bytes. */
  public static LogEntry of(Instant time, Output output, byte[] content) {
    return new LogEntry(time, output, content.clone());
  }

  /** When it was printed, by the guest's clock. */
  public Instant time() {
    return time;
  }

  /** Where it was printed to. */
  public Output output() {
    return output;
  }

  /** The bytes printed, as a new buffer that cannot be written. */
  public ByteBuffer content() {
    return ByteBuffer.wrap(content).asReadOnlyBuffer();
  }

  /** How many bytes were printed. */
  public int sizeBytes() {
    return content.length;
  }

  /** The bytes as UTF-8. */
  public String text() {
    return new String(content, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LogEntry that
        && time.equals(that.time)
        && output == that.output
        && Arrays.equals(content, that.content);
  }

  @Override
  public int hashCode() {
    return time.hashCode() * 31 + Arrays.hashCode(content);
  }

  /** Time, output and number of bytes. */
  @Override
  public String toString() {
    return "LogEntry[" + time + " " + output + ", " + content.length + " bytes]";
  }
}
