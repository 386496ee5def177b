package io.vic4j.pod;

import io.vic4j.core.UnavailableException;

/**
 * An image that containers want cannot be had now: its registry, or where it is kept, does not
 * answer. That it is not there at all is a {@link io.vic4j.core.NotFoundException}.
 */
public final class ImageUnavailableException extends UnavailableException {
  private final String image;

  /**
   * An image that cannot be had now.
   *
   * @param image its reference
   * @param cause why
   */
  public ImageUnavailableException(String image, UnavailableException cause) {
    super(
        "image " + image + " cannot be had now: " + cause.getMessage(),
        cause.retryAfter().orElse(null),
        cause);
    this.image = image;
  }

  /** The image's reference. */
  public String image() {
    return image;
  }
}
