package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageSources;
import io.vic4j.image.RawManifest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Images to be pulled, in memory and without HTTP: the quicker brother of {@link EmbeddedRegistry},
 * for tests in which the registry plays no part. It has images of whatever registry's name.
 *
 * <p>Thread-safe.
 */
public final class TestRegistry implements ImageSources {
  private final Map<ImageReference, TestImage> images = new ConcurrentHashMap<>();
  private final AtomicLong pulls = new AtomicLong();

  /** An empty registry. */
  public TestRegistry() {}

  /** Lets a name stand for an image, whatever it stood for before. */
  public void put(ImageReference name, TestImage image) {
    images.put(name, image);
  }

  /** Takes a name away. */
  public void remove(ImageReference name) {
    images.remove(name);
  }

  /** How often an image was asked for, whether it was here or not. */
  public long pulls() {
    return pulls.get();
  }

  @Override
  public ImageSource open(ImageReference reference) {
    return new Source(reference);
  }

  private final class Source implements ImageSource {
    private final ImageReference reference;

    Source(ImageReference reference) {
      this.reference = reference;
    }

    @Override
    public String name() {
      return reference.toString();
    }

    @Override
    public RawManifest manifest() {
      pulls.incrementAndGet();
      TestImage image = image().orElseThrow(() -> new NotFoundException("image", name()));
      return manifest(image);
    }

    @Override
    public RawManifest manifest(Digest digest) {
      return image()
          .map(this::manifest)
          .filter(manifest -> manifest.digest().equals(digest))
          .orElseThrow(() -> new NotFoundException("manifest", name() + "@" + digest));
    }

    private Optional<TestImage> image() {
      return Optional.ofNullable(images.get(reference));
    }

    private RawManifest manifest(TestImage image) {
      return RawManifest.of(image.manifestDescriptor().mediaType(), image.manifest().toArray());
    }

    @Override
    public InputStream blob(Descriptor descriptor) {
      Bytes blob =
          image()
              .map(image -> image.blobs().get(descriptor.digest()))
              .orElseThrow(() -> new NotFoundException("blob", name() + "@" + descriptor.digest()));
      return new ByteArrayInputStream(blob.toArray());
    }

    @Override
    public void close() {}
  }
}
