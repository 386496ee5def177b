package io.vic4j.image;

import io.vic4j.core.Platform;

/**
 * How a batch of images is kept in step. Immutable.
 *
 * @param platform which of an index's images is wanted
 * @param priority how urgent it is
 * @param prune whether names that are not in the batch are taken away, all of them: for a scope
 *     that holds nothing else
 */
public record BatchOptions(Platform platform, Priority priority, boolean prune) {
  /** For Linux on x86-64, as a {@link Priority#PREFETCH}, without taking names away. */
  public static final BatchOptions DEFAULT =
      new BatchOptions(Platform.LINUX_AMD64, Priority.PREFETCH, false);

  /** The same, for this platform. */
  public BatchOptions withPlatform(Platform newPlatform) {
    return new BatchOptions(newPlatform, priority, prune);
  }

  /** The same, taking names away or not. */
  public BatchOptions withPrune(boolean newPrune) {
    return new BatchOptions(platform, priority, newPrune);
  }
}
