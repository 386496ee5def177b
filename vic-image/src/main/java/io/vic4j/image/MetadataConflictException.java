package io.vic4j.image;

import io.vic4j.core.ConflictException;

/**
 * Somebody else edited the metadata first. Nothing has changed; look at the {@link #current} value,
 * and edit that.
 */
public final class MetadataConflictException extends ConflictException {
  private static final long serialVersionUID = 1;

  private final transient ImageMetadata current;

  MetadataConflictException(ImageMetadata wanted, ImageMetadata current) {
    super(
        "the metadata of image "
            + current.imageId()
            + " is at revision "
            + current.revision()
            + ", but the edit was of revision "
            + wanted.revision()
            + ": edit the current value");
    this.current = current;
  }

  /** What holds now. */
  public ImageMetadata current() {
    return current;
  }
}
