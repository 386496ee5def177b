package io.vic4j.image;

import io.vic4j.core.ImageReference;

/** Finds the source of an image by its reference: a registry client. Thread-safe. */
@FunctionalInterface
public interface ImageSources {
  /**
   * The source that this reference names. Nothing need be transferred yet; the caller closes it.
   *
   * @throws io.vic4j.core.InvalidArgumentException if no source serves such references
   */
  ImageSource open(ImageReference reference);

  /**
   * These sources, with a policy that sees each manifest before anybody else does.
   *
   * @param policy what it refuses cannot be got from these sources
   */
  default ImageSources judgedBy(ImagePolicy policy) {
    return reference -> new JudgedSource(reference, open(reference), policy);
  }
}
