package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DigestingInputStream;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.LongConsumer;

/**
 * A blob on its way from a source: counts it for the progress, and verifies at its end that it had
 * the promised size and digest. A blob that turns out longer than promised fails at once. Who reads
 * it to its end has verified it; closing it closes the source's stream. Not thread-safe.
 */
final class BlobStream extends FilterInputStream {
  private final String what;
  private final Descriptor descriptor;
  private final DigestingInputStream digesting;
  private final LongConsumer progress;
  private boolean verified;

  BlobStream(String what, Descriptor descriptor, InputStream source, LongConsumer progress) {
    this(
        what,
        descriptor,
        new DigestingInputStream(source, descriptor.digest().algorithm()),
        progress);
  }

  private BlobStream(
      String what, Descriptor descriptor, DigestingInputStream digesting, LongConsumer progress) {
    super(digesting);
    this.what = what;
    this.descriptor = descriptor;
    this.digesting = digesting;
    this.progress = progress;
  }

  /** Verifies bytes that are here already. */
  static void verify(String what, Descriptor descriptor, byte[] content) {
    try (BlobStream stream =
        new BlobStream(what, descriptor, new ByteArrayInputStream(content), bytes -> {})) {
      stream.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    CancelledException.throwIfInterrupted("transfer of", what);
    int read = super.read(buffer, offset, length);
    if (read < 0) {
      finish();
      return read;
    }
    if (digesting.count() > descriptor.sizeBytes()) {
      throw new CorruptException(
          what + " is corrupt: it is longer than its " + descriptor.sizeBytes() + " bytes", null);
    }
    progress.accept(read);
    return read;
  }

  private void finish() {
    if (verified) {
      return;
    }
    if (digesting.count() != descriptor.sizeBytes()) {
      throw new CorruptException(
          what
              + " is corrupt: it has "
              + digesting.count()
              + " bytes instead of "
              + descriptor.sizeBytes(),
          null);
    }
    Digest actual = digesting.digest();
    if (!actual.equals(descriptor.digest())) {
      throw CorruptException.digestMismatch(what, descriptor.digest(), actual);
    }
    verified = true;
  }
}
