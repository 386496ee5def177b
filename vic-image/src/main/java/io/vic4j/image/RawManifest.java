package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /**
   * What it is, by its source's word and its own, which must agree.
   *
   * @throws io.vic4j.core.InvalidArgumentException if they do not, or it cannot be read
   * @throws io.vic4j.core.UnsupportedException if it is of a kind that is not supported
   */
  public String kind() {
    return ManifestHead.read(this).mediaType();
  }

  /**
   * The blobs that it names, whatever they are: the config, then the layers, each once.
   *
   * @throws io.vic4j.core.InvalidArgumentException if it is not a valid manifest of one thing
   */
  public List<Descriptor> blobs() {
    ManifestHead head = ManifestHead.read(this);
    if (MediaTypes.isIndex(head.mediaType())) {
      throw head.fields().invalid("it is an index, which has no blobs of its own");
    }
    Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
    Descriptor config = ImageManifest.descriptor(head.fields().requiredObject("config"));
    blobs.put(config.digest(), config);
    for (JsonFields layer : head.fields().objects("layers")) {
      Descriptor blob = ImageManifest.descriptor(layer);
      blobs.putIfAbsent(blob.digest(), blob);
    }
    return List.copyOf(blobs.values());
  }

  /** A manifest from its bytes, whose digest is computed. */
  public static RawManifest of(String mediaType, byte[] content) {
    return new RawManifest(mediaType, new Bytes(content), Digest.sha256(content));
  }
}
