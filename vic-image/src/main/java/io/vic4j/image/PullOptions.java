package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Platform;
import java.util.List;

/**
 * How an image is pulled. Immutable.
 *
 * @param platform which of an index's images is wanted
 * @param names what the image is called in the scope; where there are none, the reference it is
 *     pulled by, or no name if it is pulled from a source
 */
public record PullOptions(Platform platform, List<ImageReference> names) {
  /** The image for Linux on x86-64, called as it is pulled. */
  public static final PullOptions DEFAULT = new PullOptions(Platform.LINUX_AMD64, List.of());

  /** Copies the names. */
  public PullOptions {
    names = List.copyOf(names);
  }

  /** The same, for this platform. */
  public PullOptions withPlatform(Platform newPlatform) {
    return new PullOptions(newPlatform, names);
  }

  /** The same, with these names. */
  public PullOptions withNames(ImageReference... newNames) {
    return new PullOptions(platform, List.of(newNames));
  }
}
