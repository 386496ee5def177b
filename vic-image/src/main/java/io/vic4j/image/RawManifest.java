package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import java.security.MessageDigest;

/**
 * A manifest or an index as a source gave it, byte for byte, and known to have its digest.
 *
 * @param mediaType what the source says it is; empty if it did not say
 * @param content its bytes
 * @param digest the digest of these bytes
 */
public record RawManifest(String mediaType, Bytes content, Digest digest) {
  /**
   * Verifies the digest.
   *
   * @throws CorruptException if the bytes have another one
   */
  public RawManifest {
    MessageDigest computation = digest.algorithm().newMessageDigest();
    computation.update(content.toArray());
    Digest actual = Digest.of(digest.algorithm(), computation);
    if (!actual.equals(digest)) {
      throw CorruptException.digestMismatch("manifest " + digest, digest, actual);
    }
  }

  /** A manifest from its bytes, whose digest is computed. */
  public static RawManifest of(String mediaType, byte[] content) {
    return new RawManifest(mediaType, new Bytes(content), Digest.sha256(content));
  }
}
