package io.vic4j.image;

import io.vic4j.core.Digest;

/**
 * A manifest or an index as a source gave it, byte for byte.
 *
 * @param mediaType what the source says it is; empty if it did not say
 * @param content its bytes
 * @param digest the digest of these bytes, computed, never taken on trust
 */
public record RawManifest(String mediaType, Bytes content, Digest digest) {
  /** A manifest from its bytes, whose digest is computed. */
  public static RawManifest of(String mediaType, byte[] content) {
    return new RawManifest(mediaType, new Bytes(content), Digest.sha256(content));
  }
}
