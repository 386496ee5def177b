package io.vic4j.storage;

import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * The layer disks on a datastore: makes them, in one pass over a layer's tar, and finds them by
 * diff ID.
 *
 * <pre>{@code
 * LayerDisks disks = LayerDisks.in(LocalDatastore.at(folder));
 * LayerDisk disk = disks.build(diffId, () -> Files.newInputStream(layerTarGz), Progress.NONE);
 * }</pre>
 *
 * <p>Thread-safe. Several stores, in other processes and on other hosts too, may work on one
 * datastore at once.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class LayerDisks {
  private final Datastore datastore;
  private final LayerLimits limits;
  private final IdSource ids;

  private LayerDisks(Builder builder) {
    this.datastore = builder.datastore;
    this.limits = builder.limits;
    this.ids = builder.ids;
  }

  /** The layer disks on this datastore, with default settings. */
  public static LayerDisks in(Datastore datastore) {
    return builder(datastore).build();
  }

  /** For other settings than the defaults. */
  public static Builder builder(Datastore datastore) {
    return new Builder(datastore);
  }

  /**
   * The disk of a layer: found, or made from its tar.
   *
   * <p>Of several calls for one layer at once, one builds, and the others wait for it; where it
   * fails or is interrupted, one of them goes on with its own source. The disk is published only
   * after the tar's digest was compared with {@code diffId} and the source was read to its end.
   *
   * @param diffId the digest of the uncompressed tar
   * @param source opened only if this call builds
   * @param progress gets one task if this call builds, which counts the bytes read from the source
   *     (compressed, as they come)
   * @throws LayerException if the tar is not valid or exceeds the limits
   * @throws io.vic4j.core.CorruptException if the tar has another digest, or the disk that is there
   *     is damaged
   * @throws io.vic4j.core.UnsupportedException if it is compressed in a way that is not supported
   * @throws io.vic4j.core.UnavailableException if the source or the datastore fails
   * @throws io.vic4j.core.CancelledException if the thread is interrupted
   */
  public LayerDisk build(Digest diffId, LayerSource source, Progress progress) {
    throw new UnsupportedOperationException(datastore.name() + limits + ids);
  }

  /**
   * The disk of a layer: found, or made from its tar. As {@link #build(Digest, LayerSource,
   * Progress)}, for one who has the stream open; it stays the caller's to close, and is not read at
   * all if the disk is there.
   */
  public LayerDisk build(Digest diffId, InputStream tar, Progress progress) {
    throw new UnsupportedOperationException();
  }

  /**
   * One disk of several adjacent layers, for images with more layers than a machine has slots for:
   * found, or made from their tars. It stands in an overlay where its layers would; what they
   * delete of the layers below them stays deleted.
   *
   * @param layers the layers, lowest first; at least two
   * @throws RuntimeException as {@link #build(Digest, LayerSource, Progress)}
   */
  public LayerDisk pack(List<LayerTar> layers, Progress progress) {
    throw new UnsupportedOperationException();
  }

  /**
   * One disk that is the root file system of an image by itself, with no whiteouts left: found, or
   * made from the tars of all its layers.
   *
   * @param layers the layers, lowest first; at least one
   * @throws RuntimeException as {@link #build(Digest, LayerSource, Progress)}
   */
  public LayerDisk flatten(List<LayerTar> layers, Progress progress) {
    throw new UnsupportedOperationException();
  }

  /**
   * The disk of this layer, if it is there. Reads one small file.
   *
   * @param diffId the layer's diff ID, or the {@link LayerDisk#diffId} of a disk of several
   * @throws io.vic4j.core.CorruptException if its description is damaged; {@link #remove} it then
   */
  public Optional<LayerDisk> find(Digest diffId) {
    throw new UnsupportedOperationException();
  }

  /**
   * All layer disks there are, sorted by {@link LayerDisk#diffId}. One whose description is damaged
   * is left out, with a warning in the log.
   */
  public List<LayerDisk> list() {
    throw new UnsupportedOperationException();
  }

  /**
   * Removes a layer disk; does nothing if it is not there. That no image and no machine needs it is
   * the caller's to know.
   */
  public void remove(Digest diffId) {
    throw new UnsupportedOperationException();
  }

  /** Puts {@link LayerDisks} together. */
  public static final class Builder {
    private final Datastore datastore;
    private LayerLimits limits = LayerLimits.DEFAULT;
    private IdSource ids = IdSource.random();

    private Builder(Datastore datastore) {
      this.datastore = datastore;
    }

    /** What a layer may hold; {@link LayerLimits#DEFAULT} unless set. */
    public Builder limits(LayerLimits limits) {
      this.limits = limits;
      return this;
    }

    /** Where the names of temporary folders come from; random unless set. */
    public Builder idSource(IdSource ids) {
      this.ids = ids;
      return this;
    }

    /** The store. */
    public LayerDisks build() {
      return new LayerDisks(this);
    }
  }
}
