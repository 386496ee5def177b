package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Fetches images into an {@link ImageStore}, for all VCHs that share it.
 *
 * <p>Thread-safe. Closing it cancels what it does, and ends its threads, if it has its own.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ImageService implements AutoCloseable {
  private final ImageStore store;
  private final LayerDisks layers;
  private final ImageSources sources;

  private ImageService(Builder builder) {
    this.store = builder.store;
    this.layers = builder.layers;
    this.sources = builder.sources;
  }

  /** A service that fills this store. */
  public static Builder builder(ImageStore store, LayerDisks layers) {
    return new Builder(store, layers);
  }

  /** The store that this fills. */
  public ImageStore store() {
    return store;
  }

  /** The images of one VCH. */
  public Images images(VchName vch) {
    return new Images(this, store.scope(vch));
  }

  PullResult pull(
      ImageScope scope, ImageReference reference, PullOptions options, Progress progress) {
    throw new UnsupportedOperationException("" + sources + layers.hashCode());
  }

  PullResult pull(ImageScope scope, ImageSource source, PullOptions options, Progress progress) {
    throw new UnsupportedOperationException();
  }

  boolean isComplete(Image image) {
    throw new UnsupportedOperationException();
  }

  List<LayerDisk> layerDisks(Image image) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

  /** Puts an {@link ImageService} together. */
  public static final class Builder {
    private final ImageStore store;
    private final LayerDisks layers;
    private ImageSources sources =
        reference -> {
          throw new InvalidArgumentException(
              "no registry is set up to pull " + reference + " from");
        };
    private @Nullable Executor executor;
    private int parallelLayers = 3;

    private Builder(ImageStore store, LayerDisks layers) {
      this.store = store;
      this.layers = layers;
    }

    /** Where images are pulled from by reference: a registry client. None unless set. */
    public Builder sources(ImageSources sources) {
      this.sources = sources;
      return this;
    }

    /**
     * Where layers are fetched and built; it stays the caller's to close. Unless set, the service
     * has its own threads.
     */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /** How many layers of one pull are fetched and built at once; 3 unless set. */
    public Builder parallelLayers(int parallelLayers) {
      if (parallelLayers < 1) {
        throw new IllegalArgumentException("parallelLayers must be positive: " + parallelLayers);
      }
      this.parallelLayers = parallelLayers;
      return this;
    }

    /** The service. */
    public ImageService build() {
      if (executor == null && parallelLayers == 0) {
        throw new IllegalStateException();
      }
      return new ImageService(this);
    }
  }
}
