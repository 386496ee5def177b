package io.vic4j.image;

import io.vic4j.core.UnsupportedException;
import java.util.ArrayList;
import java.util.List;

/**
 * The manifest of one image: where its config and its layers are.
 *
 * <p>Source: OCI image specification 1.1, image manifest; Docker image manifest version 2, schema
 * 2.
 *
 * @param mediaType which of the two it is
 * @param config the image's config
 * @param layers the image's layers, lowest first
 */
public record ImageManifest(String mediaType, Descriptor config, List<Descriptor> layers) {
  /** Copies the layers. */
  public ImageManifest {
    layers = List.copyOf(layers);
  }

  /**
   * Reads a manifest.
   *
   * @throws io.vic4j.core.InvalidArgumentException if it is not a valid manifest of one image
   * @throws UnsupportedException if it is a manifest of something else, or of a kind that is not
   *     supported; the message names it
   */
  public static ImageManifest parse(RawManifest raw) {
    ManifestHead head = ManifestHead.read(raw);
    if (!MediaTypes.isManifest(head.mediaType())) {
      throw head.fields().invalid("it is an index of several images, not a manifest of one");
    }
    JsonFields fields = head.fields();
    Descriptor config = descriptor(fields.requiredObject("config"));
    if (!MediaTypes.isConfig(config.mediaType())) {
      throw new UnsupportedException(
          head.what()
              + " is no container image but an artifact of the type '"
              + fields.text("artifactType").orElse(config.mediaType())
              + "', which is not supported");
    }
    List<Descriptor> layers = new ArrayList<>();
    for (JsonFields layer : fields.objects("layers")) {
      Descriptor descriptor = descriptor(layer);
      MediaTypes.requireLayer(
          descriptor.mediaType(), "layer " + descriptor.digest() + " of " + head.what());
      layers.add(descriptor);
    }
    if (!fields.has("layers")) {
      throw fields.invalid("layers is missing");
    }
    return new ImageManifest(head.mediaType(), config, layers);
  }

  static Descriptor descriptor(JsonFields fields) {
    long size = fields.requiredLong("size");
    if (size < 0) {
      throw fields.invalid("a size is negative: " + size);
    }
    return new Descriptor(fields.requiredText("mediaType"), fields.requiredDigest("digest"), size);
  }
}
