package io.vic4j.image;

import io.vic4j.core.Digest;
import java.util.List;

/**
 * What {@link ImageStore#collect} removed.
 *
 * @param images the IDs of images whose metadata is gone, sorted
 * @param layers the diff IDs of layer disks that are gone, sorted
 */
public record CollectedImages(List<Digest> images, List<Digest> layers) {
  /** Copies the lists. */
  public CollectedImages {
    images = List.copyOf(images);
    layers = List.copyOf(layers);
  }
}
