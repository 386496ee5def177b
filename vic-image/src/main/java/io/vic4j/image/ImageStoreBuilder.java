package io.vic4j.image;

import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Puts an {@link ImageStore} over a datastore together, with other settings than the defaults. */
public final class ImageStoreBuilder {
  final Datastore datastore;
  final LayerDisks layers;
  IdSource ids = IdSource.random();
  Duration staleAfter = Duration.ofHours(1);
  Duration claimExpiry = Duration.ofSeconds(30);
  @Nullable KeptBlobs keptBlobs;

  private ImageStoreBuilder(Datastore datastore, LayerDisks layers) {
    this.datastore = datastore;
    this.layers = layers;
  }

  /**
   * Begins with default settings.
   *
   * @param layers the layer disks on the same datastore
   */
  public static ImageStoreBuilder of(Datastore datastore, LayerDisks layers) {
    return new ImageStoreBuilder(datastore, layers);
  }

  /** Where the names of temporary folders and leases come from; random unless set. */
  public ImageStoreBuilder idSource(IdSource ids) {
    this.ids = ids;
    return this;
  }

  /**
   * After which time without a sign of life temporary files and leases count as left behind by a
   * crash; one hour unless set. With zero, they do at once: for tests, and where nobody else works
   * on the datastore.
   */
  public ImageStoreBuilder staleAfter(Duration staleAfter) {
    if (staleAfter.isNegative()) {
      throw new IllegalArgumentException("negative staleAfter: " + staleAfter);
    }
    this.staleAfter = staleAfter;
    return this;
  }

  /**
   * After which time without a sign of life somebody else may take over a {@linkplain
   * ImageStore#claim claim}; 30 s unless set. Holders give one every 5 s. A process of the same
   * machine that has ended is known as such at once, where the machine runs Linux.
   */
  public ImageStoreBuilder claimExpiry(Duration claimExpiry) {
    if (claimExpiry.isNegative()) {
      throw new IllegalArgumentException("negative claimExpiry: " + claimExpiry);
    }
    this.claimExpiry = claimExpiry;
    return this;
  }

  /**
   * Blobs that are kept on the same datastore: {@link ImageStore#collect} removes those that no
   * image of the store has and that were kept longer ago than {@link #staleAfter}, and they count
   * for {@link ImageStore#makeRoom}. None unless set.
   */
  public ImageStoreBuilder keptBlobs(KeptBlobs keptBlobs) {
    this.keptBlobs = keptBlobs;
    return this;
  }

  /** Opens the store; sweeps what crashed writers left behind. */
  public ImageStore build() {
    return new DatastoreImageStore(this);
  }
}
