package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.Platform;
import java.time.Instant;
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
 * @param source where it was first fetched from, for people
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

  /** The digest of its manifest. */
  public Digest manifestDigest() {
    return manifest.digest();
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
