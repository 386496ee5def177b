package io.vic4j.image;

import io.vic4j.core.ImageReference;
import java.util.List;

/**
 * Says which images may be used, by what they are rather than where they come from: a list of
 * digests, or signatures that are looked up. {@link PinnedDigests} is one. Implementations are
 * thread-safe.
 */
@FunctionalInterface
public interface ImagePolicy {
  /**
   * Returns if this may be used.
   *
   * <p>It is asked about each index and each manifest on the way to an image, outermost first, and
   * before anything else is done with it. The bytes are known to have their digest.
   *
   * @param candidate what is about to be used
   * @throws RefusedException if it may not be used
   */
  void check(Candidate candidate);

  /**
   * What is about to be used.
   *
   * @param reference what was asked for
   * @param manifests what the reference names, and what was gone down to from there; the last one
   *     is to be judged. One that was asked for by its digest alone stands alone
   */
  record Candidate(ImageReference reference, List<RawManifest> manifests) {
    /** Copies the manifests. */
    public Candidate {
      manifests = List.copyOf(manifests);
      if (manifests.isEmpty()) {
        throw new IllegalArgumentException("a candidate must have a manifest");
      }
    }

    /** The manifest or index to be judged. */
    public RawManifest manifest() {
      return manifests.get(manifests.size() - 1);
    }

    /** Whether it is an index: then the image that is chosen from it will be judged, too. */
    public boolean isIndex() {
      return MediaTypes.isIndex(manifest().kind());
    }
  }
}
