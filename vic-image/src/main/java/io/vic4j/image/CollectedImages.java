package io.vic4j.image;

import io.vic4j.core.Digest;
import java.util.List;

/**
 * What {@link ImageStore#collect} removed.
 *
 * @param images the IDs of images whose metadata is gone, sorted
 * @param layers the diff IDs of layer disks that are gone, sorted
 * @param blobs the digests of {@linkplain ImageStoreBuilder#keptBlobs kept blobs} that are gone,
 *     sorted
 */
public record CollectedImages(List<Digest> images, List<Digest> layers, List<Digest> blobs) {
  /** That nothing was removed. */
  static final CollectedImages NOTHING = new CollectedImages(List.of(), List.of(), List.of());

  /** Copies the lists. */
  public CollectedImages {
    images = List.copyOf(images);
    layers = List.copyOf(layers);
    blobs = List.copyOf(blobs);
  }
}
