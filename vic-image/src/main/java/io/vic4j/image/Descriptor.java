package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;

/**
 * Points at some content: what it is, its digest and its length.
 *
 * <p>Source: OCI image specification 1.1, content descriptors.
 *
 * @param mediaType what the content is said to be
 * @param digest the digest of its bytes
 * @param sizeBytes how many bytes it has
 */
public record Descriptor(String mediaType, Digest digest, long sizeBytes) {
  /** Checks that the length is not negative. */
  public Descriptor {
    if (sizeBytes < 0) {
      throw new InvalidArgumentException(
          "descriptor of " + digest + " has a negative size: " + sizeBytes);
    }
  }
}
