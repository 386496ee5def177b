package io.vic4j.image;

import io.vic4j.core.VicException;
import java.util.List;

/**
 * The images of a scope or of a store.
 *
 * @param images those that can be read, sorted by their first name, those without a name last
 * @param damaged one error for each entry that cannot be read; its message names the entry
 */
public record ImageListing(List<ListedImage> images, List<VicException> damaged) {
  /** Copies the lists. */
  public ImageListing {
    images = List.copyOf(images);
    damaged = List.copyOf(damaged);
  }
}
