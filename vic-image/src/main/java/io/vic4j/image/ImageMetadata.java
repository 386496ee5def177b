package io.vic4j.image;

import io.vic4j.core.Digest;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one VCH notes of an image, for itself. Immutable; changed by {@link
 * ImageScope#update(ImageMetadata)}.
 *
 * @param imageId the image
 * @param revision which edit this is; 0 if nothing was noted yet
 * @param labels labels of this VCH, besides those that the image has of itself; sorted
 * @param notes whatever people write; may be empty
 * @param pinned whether the image stays when space is made
 */
public record ImageMetadata(
    Digest imageId, long revision, Map<String, String> labels, String notes, boolean pinned) {
  /** Copies the labels. */
  public ImageMetadata {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }

  /** What is noted of an image of which nothing is noted. */
  static ImageMetadata none(Digest imageId) {
    return new ImageMetadata(imageId, 0, Map.of(), "", false);
  }

  /** The same, with one more label, or with another value for it. */
  public ImageMetadata withLabel(String name, String value) {
    Map<String, String> more = new TreeMap<>(labels);
    more.put(name, value);
    return new ImageMetadata(imageId, revision, more, notes, pinned);
  }

  /** The same, without a label. */
  public ImageMetadata withoutLabel(String name) {
    Map<String, String> fewer = new TreeMap<>(labels);
    fewer.remove(name);
    return new ImageMetadata(imageId, revision, fewer, notes, pinned);
  }

  /** The same, with these notes. */
  public ImageMetadata withNotes(String newNotes) {
    return new ImageMetadata(imageId, revision, labels, newNotes, pinned);
  }

  /** The same, pinned or not. */
  public ImageMetadata withPinned(boolean newPinned) {
    return new ImageMetadata(imageId, revision, labels, notes, newPinned);
  }
}
