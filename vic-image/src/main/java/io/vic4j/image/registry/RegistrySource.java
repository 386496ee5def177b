package io.vic4j.image.registry;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.RawManifest;
import io.vic4j.image.RefusedException;
import java.io.InputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One image in a repository of a registry. */
final class RegistrySource implements ImageSource {
  /** OCI distribution specification 1.1, "Pushing Manifests": the size that all should take. */
  private static final int MAX_MANIFEST_BYTES = 4 << 20;

  /**
   * What is understood, and the outdated schema 1: with that in the list a registry answers with
   * it, and who reads the manifest can refuse it by its name.
   */
  private static final String MANIFEST_TYPES =
      String.join(
          ", ",
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.oci.image.index.v1+json",
          "application/vnd.docker.distribution.manifest.v2+json",
          "application/vnd.docker.distribution.manifest.list.v2+json",
          "application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1",
          "application/vnd.docker.distribution.manifest.v1+json;q=0.1");

  private final ImageReference reference;
  private final Repository repository;
  private final Calls calls;
  private final RetryPolicy policy;
  private final Sleeper sleeper;
  private final ForeignAddresses foreignLayers;
  private final ParallelRanges ranges;
  private final Consumer<RegistrySource> whenClosed;

  RegistrySource(
      ImageReference reference,
      Repository repository,
      Calls calls,
      RetryPolicy policy,
      Sleeper sleeper,
      ForeignLayers foreignLayers,
      Hosts hosts,
      ParallelRanges ranges,
      Consumer<RegistrySource> whenClosed) {
    this.reference = reference;
    this.repository = repository;
    this.calls = calls;
    this.policy = policy;
    this.sleeper = sleeper;
    this.ranges = ranges;
    this.foreignLayers = new ForeignAddresses(foreignLayers, hosts);
    this.whenClosed = whenClosed;
  }

  @Override
  public String name() {
    return reference.toString();
  }

  ImageReference reference() {
    return reference;
  }

  @Override
  public RawManifest manifest() {
    if (reference.digest().isPresent()) {
      return manifest("image", reference.digest().get());
    }
    String tag = reference.tag().orElse(ImageReference.DEFAULT_TAG);
    return fetch(new Repository.Target("manifests/" + tag, "image", name()), null);
  }

  @Override
  public RawManifest manifest(Digest digest) {
    return manifest("manifest", digest);
  }

  private RawManifest manifest(String kind, Digest digest) {
    return fetch(
        new Repository.Target("manifests/" + digest, kind, reference.name() + "@" + digest),
        digest);
  }

  private RawManifest fetch(Repository.Target target, @Nullable Digest expected) {
    return attempts(target)
        .run(
            () -> {
              try (Reply reply = repository.get(target, Map.of("Accept", MANIFEST_TYPES))) {
                byte[] content = reply.content(MAX_MANIFEST_BYTES, target.toString());
                String promised = reply.header("Docker-Content-Digest");
                if (!promised.isEmpty()) {
                  verify(target, parse(target, promised), content);
                }
                Digest digest =
                    expected == null ? Digest.sha256(content) : verify(target, expected, content);
                RawManifest manifest =
                    new RawManifest(
                        mediaType(reply.header("Content-Type")), new Bytes(content), digest);
                foreignLayers.note(manifest);
                return manifest;
              }
            });
  }

  static Digest parse(Repository.Target target, String promised) {
    try {
      return Digest.parse(promised);
    } catch (InvalidArgumentException e) {
      throw new CorruptException(
          "the registry promises for " + target + " what is " + e.getMessage(), e);
    }
  }

  private static Digest verify(Repository.Target target, Digest expected, byte[] content) {
    MessageDigest computation = expected.algorithm().newMessageDigest();
    computation.update(content);
    Digest actual = Digest.of(expected.algorithm(), computation);
    if (!actual.equals(expected)) {
      throw CorruptException.digestMismatch(target.toString(), expected, actual);
    }
    return actual;
  }

  private static String mediaType(String contentType) {
    int parameters = contentType.indexOf(';');
    return (parameters < 0 ? contentType : contentType.substring(0, parameters)).strip();
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    return blob(descriptor, 0);
  }

  @Override
  public InputStream blob(Descriptor descriptor, long offset) {
    Objects.checkIndex(offset, descriptor.sizeBytes() + 1);
    if (offset > 0 && offset == descriptor.sizeBytes()) {
      return InputStream.nullInputStream();
    }
    Repository.Target target =
        new Repository.Target(
            "blobs/" + descriptor.digest(), "blob", reference.name() + "@" + descriptor.digest());
    if (foreignLayers.refuses(descriptor)) {
      throw new RefusedException(
          target + " of the media type '" + descriptor.mediaType() + "'",
          "layers that are not to be distributed are not taken");
    }
    try {
      return ranges.open(
          (from, to) ->
              BlobStream.open(repository::get, target, descriptor, from, to, attempts(target)),
          target.toString(),
          offset,
          descriptor.sizeBytes());
    } catch (NotFoundException e) {
      List<URI> addresses = foreignLayers.addresses(descriptor);
      if (addresses.isEmpty()) {
        throw e;
      }
      return elsewhere(addresses, target, descriptor, offset, e);
    }
  }

  private InputStream elsewhere(
      List<URI> addresses,
      Repository.Target target,
      Descriptor descriptor,
      long offset,
      NotFoundException notHere) {
    VicException failure = notHere;
    for (URI address : addresses) {
      try {
        return BlobStream.open(
            (what, headers) -> repository.getFrom(address, what, headers),
            target,
            descriptor,
            offset,
            attempts(target));
      } catch (NotFoundException | UnavailableException | CorruptException e) {
        e.addSuppressed(failure);
        failure = e;
      }
    }
    throw failure;
  }

  private Attempts attempts(Repository.Target target) {
    calls.throwIfClosed();
    return new Attempts(policy, sleeper, repository::isReached, "get " + target);
  }

  @Override
  public void close() {
    calls.close();
    whenClosed.accept(this);
  }

  @Override
  public String toString() {
    return "RegistrySource[" + reference + "]";
  }
}
