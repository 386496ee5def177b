package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Where one image comes from: a repository of a registry, an OCI image layout or a docker-archive.
 *
 * <p>A source only delivers; who asks checks digests, chooses the platform and reads the layers. A
 * source takes care of its own troubles: it signs in, retries, and goes on with a broken blob where
 * it broke off. Thread-safe: blobs are read in parallel. Closing a source ends its streams.
 */
public interface ImageSource extends AutoCloseable {
  /** What people call it, for messages and metadata: a reference, or a file's name. */
  String name();

  /**
   * The manifest or index that the source's reference names.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such image
   */
  RawManifest manifest();

  /**
   * The manifest of this digest, as an index lists it. A source of one image has no other than
   * {@link #manifest()}.
   *
   * @throws io.vic4j.core.NotFoundException if the source does not have it
   */
  default RawManifest manifest(Digest digest) {
    RawManifest only = manifest();
    if (!digest.equals(only.digest())) {
      throw new NotFoundException("manifest", digest + " in " + name());
    }
    return only;
  }

  /**
   * The bytes of a config or layer from the start, as they are: compressed, and not verified. The
   * caller closes the stream. A failure while reading is a {@link io.vic4j.core.VicException}.
   *
   * @throws io.vic4j.core.NotFoundException if the source does not have it
   */
  InputStream blob(Descriptor descriptor);

  /**
   * The same from a byte other than the first, for who has those before it. A source that can jump
   * there does so; others read the bytes before it and throw them away.
   *
   * @param offset how many bytes to leave out, at most the descriptor's size
   */
  default InputStream blob(Descriptor descriptor, long offset) {
    InputStream in = blob(descriptor);
    try {
      in.skipNBytes(offset);
      return in;
    } catch (IOException | RuntimeException e) {
      try (in) {
        throw e instanceof RuntimeException failure
            ? failure
            : new CorruptException(
                "blob "
                    + descriptor.digest()
                    + " of "
                    + name()
                    + " is corrupt: it has fewer than "
                    + offset
                    + " bytes",
                e);
      } catch (IOException closing) {
        throw new UncheckedIOException(closing);
      }
    }
  }

  @Override
  void close();
}
