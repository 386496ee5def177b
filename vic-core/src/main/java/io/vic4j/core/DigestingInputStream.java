package io.vic4j.core;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/**
 * Counts and digests what is read through it, in one pass. Closing it closes the stream below. Not
 * thread-safe.
 */
public final class DigestingInputStream extends FilterInputStream {
  private final Digest.Algorithm algorithm;
  private final MessageDigest computation;
  private long count;

  /** Digests what is read from {@code in} from now on. */
  public DigestingInputStream(InputStream in, Digest.Algorithm algorithm) {
    super(in);
    this.algorithm = algorithm;
    this.computation = algorithm.newMessageDigest();
  }

  /** Bytes read so far. */
  public long count() {
    return count;
  }

  /** The digest of all bytes read so far; call it once, at the end. */
  public Digest digest() {
    return Digest.of(algorithm, computation);
  }

  @Override
  public int read() throws IOException {
    int value = in.read();
    if (value >= 0) {
      computation.update((byte) value);
      count++;
    }
    return value;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = in.read(buffer, offset, length);
    if (read > 0) {
      computation.update(buffer, offset, read);
      count += read;
    }
    return read;
  }

  /** Reads what is skipped, for it belongs to the digest. */
  @Override
  public long skip(long count) throws IOException {
    byte[] scratch = new byte[(int) Math.min(8192, Math.max(count, 1))];
    long skipped = 0;
    while (skipped < count) {
      int read = read(scratch, 0, (int) Math.min(scratch.length, count - skipped));
      if (read < 0) {
        break;
      }
      skipped += read;
    }
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
