package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Platform;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image: what its manifest and its config say. The same for everybody who has it; the names that
 * people give to it are kept apart, in {@link ImageScope}s.
 *
 * @param id the image ID: the digest of its config
 * @param manifest its manifest: media type, digest and size
 * @param platform what it runs on
 * @param config how it is run
 * @param layers its layers, lowest first
 * @param source where it was first fetched from: the full reference if from a registry, else
 *     something for people
 */
public record Image(
    Digest id,
    Descriptor manifest,
    Platform platform,
    ImageConfig config,
    List<ImageLayer> layers,
    String source) {
  /** Copies the layers. */
  public Image {
    layers = List.copyOf(layers);
  }

  /**
   * The image that a manifest and the config it names describe.
   *
   * @param source where they come from, for people
   * @throws CorruptException if the config is not the one that the manifest names
   * @throws InvalidArgumentException if one of them is not valid, or they do not fit together
   * @throws io.vic4j.core.UnsupportedException if they are of a kind that is not supported
   */
  public static Image parse(RawManifest raw, Bytes rawConfig, String source) {
    ImageManifest manifest = ImageManifest.parse(raw);
    Descriptor said = manifest.config();
    Digest id = said.digest();
    BlobStream.verify("config " + id, said, rawConfig.toArray());
    ImageConfig config = ImageConfig.parse(rawConfig);
    List<Descriptor> blobs = manifest.layers();
    List<Digest> diffIds = config.diffIds();
    if (blobs.size() != diffIds.size()) {
      throw new InvalidArgumentException(
          "manifest "
              + raw.digest()
              + " has "
              + blobs.size()
              + " layers, but its config "
              + id
              + " has "
              + diffIds.size()
              + " diff IDs");
    }
    List<ImageLayer> layers = new ArrayList<>();
    for (int i = 0; i < blobs.size(); i++) {
      layers.add(new ImageLayer(blobs.get(i), diffIds.get(i)));
    }
    return new Image(
        id,
        new Descriptor(manifest.mediaType(), raw.digest(), raw.content().size()),
        config.platform(),
        config,
        layers,
        source);
  }

  /** The digest of its manifest. */
  public Digest manifestDigest() {
    return manifest.digest();
  }

  /**
   * What anybody gets just this image by: the repository that it was first fetched from, and the
   * digest of its manifest, without a tag; empty if it came from no registry.
   */
  public Optional<ImageReference> pinned() {
    try {
      ImageReference from = ImageReference.parse(source);
      return from.toString().equals(source)
          ? Optional.of(ImageReference.parse(from.name() + "@" + manifestDigest()))
          : Optional.empty();
    } catch (InvalidArgumentException e) {
      return Optional.empty(); // An archive, say.
    }
  }

  /** The diff IDs of its layers, lowest first: what its disks are found by. */
  public List<Digest> diffIds() {
    return layers.stream().map(ImageLayer::diffId).toList();
  }

  /** When it was made, if its config says so. */
  public Optional<Instant> created() {
    return config.created();
  }

  /** The bytes of all its layers as they are transferred, compressed. */
  public long transferBytes() {
    return layers.stream().mapToLong(layer -> layer.blob().sizeBytes()).sum();
  }
}
