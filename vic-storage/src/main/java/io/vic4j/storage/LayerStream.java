package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DigestingInputStream;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.VicException;
import io.vic4j.storage.tar.Compression;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The uncompressed bytes of a layer on their way from its source: counted as they come, unwrapped,
 * held to the limits and digested, in one pass. Closing frees what unwrapping holds; the source's
 * stream stays its owner's.
 */
final class LayerStream extends FilterInputStream {
  private static final int DRAIN_BYTES = 128 * 1024;

  private final InputStream source;
  private final Digest diffId;
  private final LayerBudget budget;
  private final DigestingInputStream digesting;

  LayerStream(InputStream source, Digest diffId, LayerBudget budget, ProgressTask progress)
      throws IOException {
    this(new Counted(source, progress), diffId, budget);
  }

  private LayerStream(Counted source, Digest diffId, LayerBudget budget) throws IOException {
    this(source, Compression.decompress(source), diffId, budget);
  }

  private LayerStream(
      InputStream source, InputStream uncompressed, Digest diffId, LayerBudget budget) {
    this(source, new DigestingInputStream(uncompressed, diffId.algorithm()), diffId, budget);
  }

  private LayerStream(
      InputStream source, DigestingInputStream digesting, Digest diffId, LayerBudget budget) {
    super(digesting);
    this.source = source;
    this.diffId = diffId;
    this.budget = budget;
    this.digesting = digesting;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    // Read ahead only up to the limit, so that the entry which goes beyond it is the one to blame.
    int allowed = (int) Math.min(length, Math.max(1, budget.tarBytesLeft()));
    int read = super.read(buffer, offset, allowed);
    if (read > 0) {
      budget.countTar(read);
    }
    return read;
  }

  /** Skips nothing: what is not read is not counted, not digested, and not held to the limits. */
  @Override
  public long skip(long count) {
    return 0;
  }

  /**
   * Reads what follows the tar, up to the end of the source, and compares the digest.
   *
   * @throws CorruptException if it is another than the layer's diff ID
   */
  void verify() throws IOException {
    drain(this);
    drain(source);
    Digest actual = digesting.digest();
    if (!actual.equals(diffId)) {
      throw CorruptException.digestMismatch("layer " + diffId, diffId, actual);
    }
  }

  /**
   * Reads the source to its end after damage was found: if the source verifies what it delivers, it
   * says then that the damage came on the way, which a retry mends.
   */
  void letSourceVerify(RuntimeException damage) throws IOException {
    try {
      drain(source);
    } catch (VicException e) {
      e.addSuppressed(damage);
      throw e;
    }
  }

  private static void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[DRAIN_BYTES];
    while (in.read(buffer, 0, buffer.length) >= 0) {
      CancelledException.throwIfInterrupted("reading of a layer");
    }
  }

  /** Tells how much was read. What is open below is not its own, so it does not close it. */
  private static final class Counted extends FilterInputStream {
    private final ProgressTask progress;

    Counted(InputStream in, ProgressTask progress) {
      super(in);
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = super.read(buffer, offset, length);
      if (read > 0) {
        progress.advance(read);
      }
      return read;
    }

    @Override
    public void close() {}
  }
}
