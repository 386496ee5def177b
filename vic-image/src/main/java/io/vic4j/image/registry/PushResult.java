package io.vic4j.image.registry;

import io.vic4j.core.Digest;
import io.vic4j.image.Descriptor;
import java.util.List;

/**
 * What a push came to.
 *
 * @param digest the digest of the manifest or index that the target stands for now
 * @param blobs the blobs, in the order in which they were looked at
 */
public record PushResult(Digest digest, List<PushedBlob> blobs) {
  /** Copies the blobs. */
  public PushResult {
    blobs = List.copyOf(blobs);
  }

  /** How a blob came to the repository. */
  public enum Way {
    /** It was there. */
    THERE,
    /** It was mounted from another repository of the registry. */
    MOUNTED,
    /** It was sent. */
    SENT,
    /**
     * It was left out: a layer that is not to be distributed, and that the source does not have.
     */
    LEFT_OUT
  }

  /**
   * A blob.
   *
   * @param blob the blob
   * @param way how it came to the repository
   */
  public record PushedBlob(Descriptor blob, Way way) {}

  /** The bytes of all blobs that were sent, each counted once. */
  public long sentBytes() {
    return blobs.stream()
        .filter(pushed -> pushed.way() == Way.SENT)
        .mapToLong(pushed -> pushed.blob().sizeBytes())
        .sum();
  }
}
