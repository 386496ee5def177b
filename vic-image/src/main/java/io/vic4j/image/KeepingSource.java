package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A source whose blobs are kept as they are read. */
final class KeepingSource implements ImageSource {
  private static final Logger log = LoggerFactory.getLogger(KeptBlobs.class);

  private final ImageSource source;
  private final KeptBlobs kept;

  KeepingSource(ImageSource source, KeptBlobs kept) {
    this.source = source;
    this.kept = kept;
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public RawManifest manifest() {
    return source.manifest();
  }

  @Override
  public RawManifest manifest(Digest digest) {
    return source.manifest(digest);
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    Optional<KeptAttempt> attempt;
    try {
      if (kept.has(descriptor)) {
        return kept.read(descriptor);
      }
      attempt = kept.begin(descriptor);
    } catch (CancelledException e) {
      throw e;
    } catch (VicException e) {
      log.warn("blob {} is not kept", descriptor.digest(), e);
      attempt = Optional.empty();
    }
    return attempt.isPresent() ? keep(descriptor, attempt.get()) : source.blob(descriptor);
  }

  /** Where nothing is here yet, the source is asked at once, so that who asks for it is told. */
  private InputStream keep(Descriptor descriptor, KeptAttempt attempt) {
    KeepingStream stream = new KeepingStream(descriptor, attempt);
    if (!attempt.there().exist()) {
      stream.openRest();
    }
    return stream;
  }

  @Override
  public void close() {
    source.close();
  }

  /** One thing to do for the keeping, which is not to fail the reading. */
  private interface Step {
    void take();
  }

  /** First what was kept before, then the rest from the source, which is kept. One thread's. */
  private final class KeepingStream extends InputStream {
    private final Descriptor descriptor;
    private final MessageDigest computation;
    private final KeptAttempt attempt;
    private boolean keeping = true;
    private boolean ended;
    private @Nullable InputStream before;
    private @Nullable InputStream rest;
    private long position;

    KeepingStream(Descriptor descriptor, KeptAttempt attempt) {
      this.descriptor = descriptor;
      this.computation = descriptor.digest().algorithm().newMessageDigest();
      this.attempt = attempt;
      this.before = new PiecesStream(kept.datastore(), attempt.there().files());
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
      int read = before == null ? -1 : readBefore(before, buffer, offset, length);
      if (read < 0) {
        read = readRest(buffer, offset, length);
      }
      if (read > 0) {
        computation.update(buffer, offset, read);
        position += read;
      }
      return read;
    }

    InputStream openRest() {
      try {
        InputStream opened =
            position == 0
                ? source.blob(descriptor)
                : position == descriptor.sizeBytes()
                    ? InputStream.nullInputStream()
                    : source.blob(descriptor, position);
        rest = opened;
        return opened;
      } catch (UnavailableException | CancelledException e) {
        finish(attempt::leave);
        throw e;
      } catch (VicException e) {
        finish(attempt::discard);
        throw e;
      }
    }

    private int readBefore(InputStream in, byte[] buffer, int offset, int length)
        throws IOException {
      try {
        int read = in.read(buffer, offset, length);
        if (read >= 0) {
          return read;
        }
      } catch (CancelledException e) {
        throw e;
      } catch (VicException e) {
        log.warn("what was kept of blob {} cannot be read", descriptor.digest(), e);
        finish(attempt::discard);
      }
      before = null;
      in.close();
      return -1;
    }

    private int readRest(byte[] buffer, int offset, int length) throws IOException {
      int read;
      try {
        read = (rest == null ? openRest() : rest).read(buffer, offset, length);
      } catch (UnavailableException | CancelledException e) {
        finish(attempt::leave);
        throw e;
      } catch (VicException e) {
        finish(attempt::discard);
        throw e;
      }
      if (read < 0) {
        ended = true;
        Digest actual = Digest.of(descriptor.digest().algorithm(), computation);
        boolean whole = position == descriptor.sizeBytes() && actual.equals(descriptor.digest());
        finish(whole ? attempt::complete : attempt::discard);
      } else if (keeping) {
        int count = read;
        step(() -> attempt.append(buffer, offset, count));
      }
      return read;
    }

    private void step(Step step) {
      try {
        step.take();
      } catch (CancelledException e) {
        finish(attempt::leave);
        throw e;
      } catch (VicException e) {
        log.warn("blob {} is not kept", descriptor.digest(), e);
        finish(attempt::discard);
      }
    }

    /** Ends the keeping, once; an interrupted thread does so, too. */
    private void finish(Step last) {
      if (!keeping) {
        return;
      }
      keeping = false;
      boolean interrupted = Thread.interrupted();
      try {
        last.take();
      } catch (VicException e) {
        log.warn("blob {} is not kept", descriptor.digest(), e);
      } finally {
        attempt.end();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    /** Who closes it early without need has found something wrong in what has come. */
    @Override
    public void close() throws IOException {
      if (!ended) {
        finish(Thread.currentThread().isInterrupted() ? attempt::leave : attempt::discard);
      }
      try (InputStream first = before;
          InputStream second = rest) {
        before = null;
        rest = null;
      }
    }
  }
}
