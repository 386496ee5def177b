package io.vic4j.image;

import io.vic4j.core.ImageReference;
import java.util.List;

/**
 * An image as one scope sees it.
 *
 * @param image the image
 * @param names the names it has in the scope, sorted; none if the scope keeps it without a name, or
 *     a store lists it
 */
public record ListedImage(Image image, List<ImageReference> names) {
  /** Copies the names. */
  public ListedImage {
    names = List.copyOf(names);
  }
}
