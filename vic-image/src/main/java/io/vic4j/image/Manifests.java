package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Fetches manifests, indexes and configs from one source, and believes none of them unverified. */
final class Manifests {
  /** How deep indexes may be nested; real ones are not deeper than two. */
  private static final int MAX_DEPTH = 4;

  /** How many indexes are looked through before an image counts as not found. */
  private static final int MAX_INDEXES = 32;

  private final ImageSource source;

  Manifests(ImageSource source) {
    this.source = source;
  }

  /**
   * What the source's reference leads to.
   *
   * @param top the index or manifest the reference names
   * @param manifest the manifest of the one image; the same as {@code top} if that is one
   */
  record Resolved(RawManifest top, Descriptor manifest) {}

  /** The manifest for a platform. Fetches indexes only, unless there are none. */
  Resolved resolve(@Nullable ImageReference reference, Platform platform) {
    RawManifest top = source.manifest();
    Optional<Digest> pinned = Optional.ofNullable(reference).flatMap(ImageReference::digest);
    if (pinned.isPresent()) {
      top = new RawManifest(top.mediaType(), top.content(), pinned.get());
    }
    String mediaType = ManifestHead.read(top).mediaType();
    if (MediaTypes.isManifest(mediaType)) {
      return new Resolved(top, new Descriptor(mediaType, top.digest(), top.content().size()));
    }
    List<ImageIndex> seen = new ArrayList<>();
    return new Resolved(
        top,
        choose(ImageIndex.parse(top), platform, 1, seen)
            .orElseThrow(() -> PlatformChoice.notFound(source.name(), platform, seen)));
  }

  private Optional<Descriptor> choose(
      ImageIndex index, Platform platform, int depth, List<ImageIndex> seen) {
    seen.add(index);
    Optional<Descriptor> best =
        PlatformChoice.best(platform, index).map(ImageIndex.Entry::descriptor);
    if (best.isPresent()) {
      return best;
    }
    for (ImageIndex.Entry entry : index.entries()) {
      boolean promising =
          MediaTypes.isIndex(entry.descriptor().mediaType())
              && entry.platform().map(p -> PlatformChoice.fits(platform, p)).orElse(true);
      if (promising) {
        if (depth == MAX_DEPTH || seen.size() == MAX_INDEXES) {
          throw new InvalidArgumentException(
              "the index of " + source.name() + " has too many indexes in it, or too deep ones");
        }
        ImageIndex below = ImageIndex.parse(fetch(entry.descriptor()));
        Optional<Descriptor> found = choose(below, platform, depth + 1, seen);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** The manifest or index that an index lists. */
  RawManifest fetch(Descriptor descriptor) {
    RawManifest raw = source.manifest(descriptor.digest());
    if (raw.content().size() != descriptor.sizeBytes()) {
      throw new CorruptException(
          "manifest "
              + descriptor.digest()
              + " of "
              + source.name()
              + " is corrupt: it has "
              + raw.content().size()
              + " bytes instead of "
              + descriptor.sizeBytes(),
          null);
    }
    String said = MediaTypes.normalize(raw.mediaType());
    if (!said.isEmpty() && !said.equals(descriptor.mediaType())) {
      throw new InvalidArgumentException(
          "manifest "
              + descriptor.digest()
              + " of "
              + source.name()
              + " is not valid: its index calls it '"
              + descriptor.mediaType()
              + "', but the source '"
              + said
              + "'");
    }
    return new RawManifest(descriptor.mediaType(), raw.content(), descriptor.digest());
  }

  /** The bytes of a config. */
  Bytes config(Descriptor descriptor) {
    String what = "config " + descriptor.digest() + " of " + source.name();
    if (descriptor.sizeBytes() > JsonFields.MAX_BYTES) {
      throw new InvalidArgumentException(
          what
              + " is too large: "
              + descriptor.sizeBytes()
              + " bytes, at most "
              + JsonFields.MAX_BYTES);
    }
    try (BlobStream in = new BlobStream(what, descriptor, source.blob(descriptor), bytes -> {})) {
      return new Bytes(in.readAllBytes());
    } catch (IOException e) {
      throw new UnavailableException(what + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Makes sure that a single image is for the platform asked for. */
  void requirePlatform(Image image, Platform platform) {
    if (!PlatformChoice.fits(platform, image.platform())) {
      String name = source.name() + " for " + platform;
      throw new NotFoundException(
          "image", name, "image not found: " + name + "; there is " + image.platform(), null);
    }
  }
}
