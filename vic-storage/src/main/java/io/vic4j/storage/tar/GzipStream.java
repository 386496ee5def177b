package io.vic4j.storage.tar;

import io.vic4j.storage.tar.TarException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The content of a gzip file of any number of members. Source: RFC 1952.
 *
 * <p>The JDK's own stream looks at {@code available()} to tell whether another member follows, and
 * so loses members of a stream from the network; this one reads on to the end.
 */
final class GzipStream extends InputStream {
  private static final int BUFFER_BYTES = 64 * 1024;

  // RFC 1952, section 2.3.1: the bits of FLG.
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xe0;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;

  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final CRC32 headerCrc = new CRC32();
  private long memberBytes;
  private boolean inMember;
  private boolean ended;

  GzipStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    try {
      while (!ended) {
        if (!inMember) {
          readHeader();
          inMember = true;
          inflater.reset();
          inflater.setInput(buffer, position, limit - position);
          crc.reset();
          memberBytes = 0;
        }
        int count = inflater.inflate(target, offset, length);
        if (count > 0) {
          crc.update(target, offset, count);
          memberBytes += count;
          return count;
        }
        if (inflater.finished()) {
          position = limit - inflater.getRemaining();
          inMember = false;
          readTrailer();
          ended = !anotherMember();
        } else if (inflater.needsDictionary()) {
          throw malformed("it wants a dictionary", null);
        } else {
          fill();
          inflater.setInput(buffer, 0, limit);
        }
      }
      return -1;
    } catch (DataFormatException e) {
      throw malformed(e.getMessage() == null ? "invalid deflate data" : e.getMessage(), e);
    }
  }

  private void readHeader() throws IOException {
    headerCrc.reset();
    if (headerByte() != 0x1f || headerByte() != 0x8b || headerByte() != 8) {
      throw malformed("no header of a deflated member", null);
    }
    int flags = headerByte();
    if ((flags & RESERVED) != 0) {
      throw malformed("reserved flags are set", null);
    }
    for (int i = 0; i < 6; i++) {
      headerByte(); // MTIME, XFL, OS
    }
    if ((flags & EXTRA) != 0) {
      int length = headerByte() | (headerByte() << 8);
      for (int i = 0; i < length; i++) {
        headerByte();
      }
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & HEADER_CRC) != 0) {
      int actual = (int) headerCrc.getValue() & 0xffff;
      if ((headerByte() | (headerByte() << 8)) != actual) {
        throw malformed("header checksum does not match", null);
      }
    }
  }

  private void skipText() throws IOException {
    while (headerByte() != 0) {}
  }

  private int headerByte() throws IOException {
    int value = nextByte();
    headerCrc.update(value);
    return value;
  }

  private void readTrailer() throws IOException {
    if (nextInt() != (int) crc.getValue()) {
      throw malformed("checksum of the content does not match", null);
    }
    if (nextInt() != (int) memberBytes) {
      throw malformed("length of the content does not match", null);
    }
  }

  /** Looks behind a member; zeros up to the end are padding, as of tapes. */
  private boolean anotherMember() throws IOException {
    boolean padding = false;
    while (position < limit || refill()) {
      if (buffer[position] != 0) {
        if (padding || buffer[position] != 0x1f) {
          throw malformed("something else follows the last member", null);
        }
        return true;
      }
      padding = true;
      position++;
    }
    return false;
  }

  private int nextInt() throws IOException {
    return nextByte() | (nextByte() << 8) | (nextByte() << 16) | (nextByte() << 24);
  }

  private int nextByte() throws IOException {
    if (position == limit) {
      fill();
    }
    return buffer[position++] & 0xff;
  }

  private void fill() throws IOException {
    if (!refill()) {
      throw new TarException(Reason.TRUNCATED, null, "gzip data ends within a member");
    }
  }

  private boolean refill() throws IOException {
    int read;
    do {
      read = in.read(buffer, 0, buffer.length);
    } while (read == 0);
    position = 0;
    limit = Math.max(0, read);
    return read > 0;
  }

  private static TarException malformed(String message, @Nullable Throwable cause) {
    return new TarException(Reason.MALFORMED, null, "invalid gzip data: " + message, cause);
  }

  @Override
  public void close() throws IOException {
    ended = true;
    inflater.end();
    in.close();
  }
}
