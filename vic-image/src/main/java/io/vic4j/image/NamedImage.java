package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;

/**
 * What a name stands for in a scope.
 *
 * @param name the name
 * @param imageId the image's ID
 * @param manifestDigest the manifest the image was found by
 * @param resolvedDigest what the name led to at its source: the digest of an index, or of the
 *     manifest itself
 */
public record NamedImage(
    ImageReference name, Digest imageId, Digest manifestDigest, Digest resolvedDigest) {
  /** A name for an image that is there. */
  public static NamedImage of(ImageReference name, Image image) {
    return new NamedImage(name, image.id(), image.manifestDigest(), image.manifestDigest());
  }
}
