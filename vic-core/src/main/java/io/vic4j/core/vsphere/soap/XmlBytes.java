package io.vic4j.core.vsphere.soap;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The bytes of an answer, of which the buffer holds a piece: at least the tag that is being read.
 * Behind the last byte stands a zero, which no XML document may have: loops over bytes end there
 * without looking at the length, and then ask for more.
 */
final class XmlBytes {
  /** Bytes of one tag. */
  static final int MAX_TAG_BYTES = 64 * 1024;

  private static final int BUFFER_BYTES = 16 * 1024;

  private final InputStream in;
  private byte[] buffer = new byte[BUFFER_BYTES];
  private int end;
  private long before;
  private boolean ended;

  XmlBytes(InputStream in) {
    this.in = in;
  }

  /** The piece that is in the buffer now, with a zero behind {@link #end}. */
  byte[] buffer() {
    return buffer;
  }

  int end() {
    return end;
  }

  /** Where in the answer a place in the buffer is. */
  long position(int at) {
    return before + at;
  }

  /**
   * Lets go of what is before a place, moves the rest to the beginning of the buffer, and reads
   * more behind it.
   *
   * @return false if the answer has no more
   */
  boolean more(int from) throws IOException {
    if (ended) {
      return false;
    }
    System.arraycopy(buffer, from, buffer, 0, end - from);
    before += from;
    end -= from;
    if (end >= MAX_TAG_BYTES) {
      throw new MalformedAnswerException(
          "the answer has a tag of more than " + MAX_TAG_BYTES + " bytes");
    }
    if (end > buffer.length / 2) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    int count = in.read(buffer, end, buffer.length - 1 - end);
    ended = count < 0;
    end += Math.max(count, 0);
    buffer[end] = 0;
    return !ended;
  }
}
