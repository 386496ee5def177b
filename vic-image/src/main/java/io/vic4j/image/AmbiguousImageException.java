package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import java.util.List;

/** The start of an image ID fits several images: give more of its digits. */
public final class AmbiguousImageException extends InvalidArgumentException {
  private final List<Digest> candidates;

  /**
   * A prefix that fits several images.
   *
   * @param prefix what was asked for
   * @param candidates the IDs that begin with it
   */
  public AmbiguousImageException(String prefix, List<Digest> candidates) {
    super("image ID '" + prefix + "' is ambiguous, give more digits: it may be " + candidates);
    this.candidates = List.copyOf(candidates);
  }

  /** The image IDs that begin with what was asked for, sorted. */
  public List<Digest> candidates() {
    return candidates;
  }
}
