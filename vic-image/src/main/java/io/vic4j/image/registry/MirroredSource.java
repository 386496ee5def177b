package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.RawManifest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An image that several registries may have: each is asked for what those before it did not give.
 * One that could not be reached, or gave what is corrupt, is not asked again while there are
 * others.
 */
final class MirroredSource implements ImageSource {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryClient.class);

  private final String name;
  private final List<? extends ImageSource> sources;
  private final Set<ImageSource> bad = ConcurrentHashMap.newKeySet();

  /**
   * An image in these registries.
   *
   * @param sources at least one; the last is always asked where the others fail
   */
  MirroredSource(String name, List<? extends ImageSource> sources) {
    this.name = name;
    this.sources = List.copyOf(sources);
  }

  List<? extends ImageSource> sources() {
    return sources;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public RawManifest manifest() {
    return first("manifest", ImageSource::manifest);
  }

  @Override
  public RawManifest manifest(Digest digest) {
    return first("manifest " + digest, source -> source.manifest(digest));
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    return blob(descriptor, 0);
  }

  @Override
  public InputStream blob(Descriptor descriptor, long offset) {
    MirroredBlob blob = new MirroredBlob(descriptor, offset);
    blob.open();
    return blob;
  }

  private <T> T first(String what, Function<ImageSource, T> question) {
    VicException failure = null;
    for (int i = 0; i < sources.size(); i++) {
      if (isWorthAsking(i)) {
        try {
          return question.apply(sources.get(i));
        } catch (VicException e) {
          failure = passedOver(i, what, e, failure);
        }
      }
    }
    throw Objects.requireNonNull(failure);
  }

  private boolean isWorthAsking(int index) {
    return index == sources.size() - 1 || !bad.contains(sources.get(index));
  }

  /** Takes down a failure; throws it where nobody is left to be asked. */
  private VicException passedOver(
      int index, String what, VicException failure, @Nullable VicException earlier) {
    if (earlier != null) {
      failure.addSuppressed(earlier);
    }
    if (failure instanceof CancelledException || index == sources.size() - 1) {
      throw failure;
    }
    if (failure instanceof UnavailableException || failure instanceof CorruptException) {
      bad.add(sources.get(index));
    }
    LOG.debug("{} is not taken from {}: {}", what, sources.get(index).name(), failure.getMessage());
    return failure;
  }

  @Override
  public void close() {
    sources.forEach(ImageSource::close);
  }

  @Override
  public String toString() {
    return "MirroredSource" + sources;
  }

  /** A blob that goes on with the next registry where one ends. One thread's. */
  private final class MirroredBlob extends InputStream {
    private final Descriptor descriptor;
    private long position;
    private int index;
    private @Nullable InputStream current;
    private @Nullable VicException failure;

    MirroredBlob(Descriptor descriptor, long position) {
      this.descriptor = descriptor;
      this.position = position;
    }

    InputStream open() {
      for (; ; ) {
        if (isWorthAsking(index)) {
          try {
            current = sources.get(index).blob(descriptor, position);
            return current;
          } catch (VicException e) {
            failed(e);
          }
        }
        index++;
      }
    }

    private void failed(VicException e) {
      failure = passedOver(index, "blob " + descriptor.digest(), e, failure);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      for (; ; ) {
        InputStream in = current == null ? open() : current;
        try {
          int read = in.read(buffer, offset, length);
          position += Math.max(0, read);
          return read;
        } catch (VicException e) {
          close();
          failed(e);
          index++;
        }
      }
    }

    @Override
    public void close() throws IOException {
      InputStream in = current;
      current = null;
      if (in != null) {
        in.close();
      }
    }
  }
}
