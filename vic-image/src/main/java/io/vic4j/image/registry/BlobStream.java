package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.image.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A blob, from its first byte to its last, over as many answers as it takes.
 *
 * <p>When an answer breaks off, the rest is asked for with a Range request. A registry that sends
 * everything again has what is known skipped. Exactly as many bytes as the descriptor says are
 * delivered; what they are is the reader's to verify. One thread's; closing it gives up the answer.
 */
final class BlobStream extends InputStream {
  /** What must have come for the attempts to be counted anew. */
  private static final long PROGRESS_BYTES = 64 << 10;

  /** RFC 9110, section 14.4. */
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");

  private final Origin origin;
  private final Repository.Target target;
  private final long sizeBytes;

  /** Where it ends, before the blob's own end perhaps. */
  private long end;

  private final Attempts attempts;
  private @Nullable Reply reply;
  private long position;
  private long failedAt;
  private boolean rangesWork = true;
  private boolean closed;

  private BlobStream(Origin origin, Repository.Target target, long sizeBytes, Attempts attempts) {
    this.origin = origin;
    this.target = target;
    this.sizeBytes = sizeBytes;
    this.end = sizeBytes;
    this.attempts = attempts;
  }

  /** Where it comes from. */
  @FunctionalInterface
  interface Origin {
    /** One attempt to get it; the answer's status is 200, or 206 or 416 where a part is wanted. */
    Reply get(Repository.Target target, Map<String, String> headers) throws TransientException;
  }

  /** A blob from this byte on, whose first answer has begun. */
  static BlobStream open(
      Origin origin,
      Repository.Target target,
      Descriptor descriptor,
      long offset,
      Attempts attempts) {
    return open(origin, target, descriptor, offset, descriptor.sizeBytes(), attempts);
  }

  /** The part of a blob from this byte on, up to the other, whose first answer has begun. */
  static BlobStream open(
      Origin origin,
      Repository.Target target,
      Descriptor descriptor,
      long offset,
      long end,
      Attempts attempts) {
    BlobStream stream = new BlobStream(origin, target, descriptor.sizeBytes(), attempts);
    stream.position = offset;
    stream.failedAt = offset;
    stream.end = end;
    attempts.run(stream::ask);
    return stream;
  }

  /** Whether the registry gives parts, as asked; else this is the whole blob from here on. */
  boolean isPart() {
    Reply current = reply;
    if (current != null && current.status() == 206) {
      return true;
    }
    end = sizeBytes;
    return false;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    if (length == 0) {
      return 0;
    }
    if (closed) {
      throw new IllegalStateException("the stream of " + target + " is closed");
    }
    for (; ; ) {
      CancelledException.throwIfInterrupted("download of", target);
      try {
        Reply current = reply == null ? ask() : reply;
        int read = position == end ? -1 : readSome(current, buffer, offset, length);
        if (read > 0) {
          return read;
        }
        if (position == end) {
          return end == sizeBytes ? end(current) : -1;
        }
        throw endedEarly(current);
      } catch (TransientException e) {
        brokeOff();
        attempts.failed(e);
      }
    }
  }

  private int readSome(Reply current, byte[] buffer, int offset, int length)
      throws TransientException {
    try {
      int read = current.body().read(buffer, offset, (int) Math.min(length, end - position));
      position += Math.max(0, read);
      return read;
    } catch (IOException e) {
      throw Transport.broken(current.uri(), e);
    }
  }

  /** At the end: nothing may follow, where the answer did not say how long it is. */
  private int end(Reply current) {
    if (current.contentLength().isEmpty()) {
      int more;
      try {
        more = current.body().read();
      } catch (IOException e) {
        more = -1; // All that was promised has come; how the connection ended does not matter.
      }
      if (more >= 0) {
        throw new CorruptException(
            target + " is corrupt: more than the " + sizeBytes + " bytes it should have", null);
      }
    }
    return -1;
  }

  /**
   * A whole answer in chunks says where it ends (RFC 9112, section 7.1), and so does one of HTTP/2
   * (RFC 9113, section 8.1), so this is all there is. Others may have been cut off, and a part need
   * not reach to the end.
   */
  private TransientException endedEarly(Reply current) {
    boolean saysWhereItEnds =
        !current.header("Transfer-Encoding").isEmpty()
            || (current.isHttp2() && current.contentLength().isEmpty());
    if (current.status() == 200 && saysWhereItEnds) {
      throw new CorruptException(
          target + " is corrupt: it should have " + sizeBytes + " bytes, and has " + position,
          null);
    }
    return TransientException.broken(
        "the answer ended after " + position + " of " + sizeBytes + " bytes", null);
  }

  private void brokeOff() {
    if (position - failedAt >= PROGRESS_BYTES) {
      attempts.progressed();
    }
    failedAt = position;
    giveUpReply();
  }

  private void giveUpReply() {
    Reply current = reply;
    reply = null;
    if (current != null) {
      current.close();
    }
  }

  /** Asks for what is missing; what follows in the answer is at the stream's position. */
  private Reply ask() throws TransientException {
    boolean part = (position > 0 || end < sizeBytes) && rangesWork;
    Reply answer =
        origin.get(
            target,
            part
                ? Map.of("Range", "bytes=" + position + "-" + (end < sizeBytes ? end - 1 : ""))
                : Map.of());
    boolean usable = false;
    try {
      if (answer.status() == 200) {
        checkLength(answer.contentLength(), sizeBytes);
        skip(answer, position);
      } else {
        checkPart(answer);
      }
      usable = true;
      reply = answer;
      return answer;
    } finally {
      if (!usable) {
        answer.close();
      }
    }
  }

  private void checkPart(Reply answer) throws TransientException {
    Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range").strip());
    if (answer.status() == 416 || !range.matches()) {
      rangesWork = false;
      throw TransientException.broken(
          Hosts.name(answer.uri())
              + " answered a request for bytes "
              + position
              + "- with HTTP "
              + answer.status()
              + " and no usable Content-Range",
          null);
    }
    String total = range.group(3);
    if (!total.equals("*")) {
      checkLength(OptionalLong.of(Long.parseLong(total)), sizeBytes);
    }
    if (Long.parseLong(range.group(1)) != position) {
      rangesWork = false;
      throw TransientException.broken(
          Hosts.name(answer.uri()) + " sent another part than the one asked for", null);
    }
    // A part may end early (RFC 9110, section 15.3.7): then the next one is asked for.
  }

  private void checkLength(OptionalLong found, long expected) {
    if (found.isPresent() && found.getAsLong() != expected) {
      throw new CorruptException(
          target
              + " is corrupt: it should have "
              + expected
              + " bytes, the registry has "
              + found.getAsLong(),
          null);
    }
  }

  private void skip(Reply answer, long count) throws TransientException {
    byte[] scratch = new byte[(int) Math.min(count, 64 << 10)];
    long left = count;
    try {
      while (left > 0) {
        CancelledException.throwIfInterrupted("download of", target);
        int read = answer.body().read(scratch, 0, (int) Math.min(left, scratch.length));
        if (read < 0) {
          throw TransientException.broken(
              "the answer ended after " + (count - left) + " of " + sizeBytes + " bytes", null);
        }
        left -= read;
      }
    } catch (TransientException e) {
      throw e;
    } catch (IOException e) {
      throw Transport.broken(answer.uri(), e);
    }
  }

  @Override
  public void close() {
    closed = true;
    giveUpReply();
  }
}
