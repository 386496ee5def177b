package io.vic4j.core.vm;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * How a guest writes what its sessions print to a serial port, one port for each session.
 *
 * <p>A log is a row of frames, big-endian:
 *
 * <pre>
 *   1 byte   output: 1 standard output, 2 standard error
 *   4 bytes  length of the content, 0 to 65,536
 *   8 bytes  seconds since 1970-01-01T00:00:00Z, signed
 *   4 bytes  nanoseconds, 0 to 999,999,999
 *   n bytes  content
 * </pre>
 *
 * <p>A frame that is not whole at the end is still being written, or was lost with the power; it
 * does not count.
 */
public final class LogFormat {
  /** The most bytes that one frame holds. */
  public static final int MAX_CONTENT_BYTES = 64 * 1024;

  static final int HEADER_BYTES = 1 + 4 + 8 + 4;

  private LogFormat() {}

  /**
   * An entry as a frame.
   *
   * @throws IllegalArgumentException if it holds more than {@link #MAX_CONTENT_BYTES}
   */
  public static byte[] encode(LogEntry entry) {
    if (entry.sizeBytes() > MAX_CONTENT_BYTES) {
      throw new IllegalArgumentException(
          entry + " is too large for a frame of " + MAX_CONTENT_BYTES + " bytes");
    }
    Instant time = entry.time();
    return ByteBuffer.allocate(HEADER_BYTES + entry.sizeBytes())
        .put(entry.output().code)
        .putInt(entry.sizeBytes())
        .putLong(time.getEpochSecond())
        .putInt(time.getNano())
        .put(entry.content())
        .array();
  }

  /**
   * Reads frames. Closing the reader closes the stream.
   *
   * @param position where in the log the stream begins, in bytes
   */
  public static LogReader reader(InputStream frames, long position) {
    return new FrameReader(frames, position);
  }
}
