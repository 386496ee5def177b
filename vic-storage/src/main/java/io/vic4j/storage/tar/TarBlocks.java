package io.vic4j.storage.tar;

import io.vic4j.core.CancelledException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * A stream of 512-byte blocks behind one buffer. Content is handed on from within the buffer, so
 * that it is copied only once, by the stream below.
 */
final class TarBlocks {
  static final int BLOCK = 512;

  /** Also how often an interruption is looked for. */
  private static final int BUFFER = 128 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER];
  private final ByteBuffer view = ByteBuffer.wrap(buffer);
  private int position;
  private int limit;
  private long before;
  private boolean ended;

  TarBlocks(InputStream in) {
    this.in = in;
  }

  /** The buffer, in which {@link #nextBlock} tells the place of a block. */
  byte[] bytes() {
    return buffer;
  }

  /**
   * Takes the next block.
   *
   * @return where in {@link #bytes} it begins; -1 if the stream has ended before its first byte, -2
   *     if within it. It stays there until the next call.
   */
  int nextBlock() throws IOException {
    while (limit - position < BLOCK) {
      if (!fill()) {
        return limit == position ? -1 : -2;
      }
    }
    position += BLOCK;
    return position - BLOCK;
  }

  /**
   * Takes up to {@code max} bytes, 1 at least.
   *
   * @return a view that holds until the next call; no bytes if the stream has ended
   */
  ByteBuffer take(long max) throws IOException {
    while (position == limit && fill()) {}
    int count = (int) Math.min(max, limit - position);
    view.limit(position + count).position(position);
    position += count;
    return view;
  }

  /** How many bytes of the stream have been taken. */
  long taken() {
    return before + position;
  }

  /**
   * Skips bytes; returns how many fewer than asked for there were. What the stream below can jump
   * over is not read, but for the last byte: a file can jump beyond its end.
   */
  long skip(long count) throws IOException {
    long left = count;
    if (count - (limit - position) > BUFFER) {
      left -= limit - position;
      before += limit;
      position = 0;
      limit = 0;
      long jumped = in.skip(left - 1);
      before += jumped;
      left -= jumped;
    }
    while (left > 0) {
      int taken = take(left).remaining();
      if (taken == 0) {
        break;
      }
      left -= taken;
    }
    return left;
  }

  /** Reads more behind what is there; false at the stream's end. */
  private boolean fill() throws IOException {
    if (ended) {
      return false;
    }
    CancelledException.throwIfInterrupted("reading of a tar");
    before += position;
    if (position == limit) {
      position = 0;
      limit = 0;
    } else if (position > 0) {
      System.arraycopy(buffer, position, buffer, 0, limit - position);
      limit -= position;
      position = 0;
    }
    int read = in.read(buffer, limit, buffer.length - limit);
    if (read < 0) {
      ended = true;
      return false;
    }
    limit += read;
    return true;
  }
}
