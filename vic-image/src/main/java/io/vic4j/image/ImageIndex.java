package io.vic4j.image;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Platform;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An index of images: one for each platform, or one for each tag of an image layout.
 *
 * <p>Source: OCI image specification 1.1, image index; Docker manifest list.
 *
 * @param mediaType which of the two it is
 * @param entries what it points at, in its order
 */
public record ImageIndex(String mediaType, List<Entry> entries) {
  /** Copies the entries. */
  public ImageIndex {
    entries = List.copyOf(entries);
  }

  /** What an index says of one manifest, or of an index below it. Immutable. */
  public static final class Entry {
    private final Descriptor descriptor;
    private final @Nullable Platform platform;
    private final boolean unknownPlatform;
    private final boolean artifact;
    private final Map<String, String> annotations;

    private Entry(
        Descriptor descriptor,
        @Nullable Platform platform,
        boolean unknownPlatform,
        boolean artifact,
        Map<String, String> annotations) {
      this.descriptor = descriptor;
      this.platform = platform;
      this.unknownPlatform = unknownPlatform;
      this.artifact = artifact;
      this.annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /** Where the manifest is. */
    public Descriptor descriptor() {
      return descriptor;
    }

    /** What the image runs on, where the index says so. */
    public Optional<Platform> platform() {
      return Optional.ofNullable(platform);
    }

    /** Remarks, such as {@code org.opencontainers.image.ref.name}. */
    public Map<String, String> annotations() {
      return annotations;
    }

    /**
     * Whether this is about another image rather than one itself, as BuildKit's attestations are:
     * they say so in an annotation, and their platform is {@code unknown/unknown}.
     */
    public boolean isAttestation() {
      return unknownPlatform || annotations.containsKey("vnd.docker.reference.type");
    }

    /**
     * Whether this is said to be an artifact of some type, such as a signature or a chart, rather
     * than an image.
     */
    public boolean isArtifact() {
      return artifact;
    }

    @Override
    public String toString() {
      return descriptor.digest() + (platform == null ? "" : " (" + platform + ")");
    }
  }

  /**
   * Reads an index.
   *
   * @throws InvalidArgumentException if it is not a valid index
   * @throws io.vic4j.core.UnsupportedException if it is of a kind that is not supported
   */
  public static ImageIndex parse(RawManifest raw) {
    ManifestHead head = ManifestHead.read(raw);
    if (!MediaTypes.isIndex(head.mediaType())) {
      throw head.fields().invalid("it is a manifest of one image, not an index");
    }
    if (!head.fields().has("manifests")) {
      throw head.fields().invalid("manifests is missing");
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonFields fields : head.fields().objects("manifests")) {
      entries.add(entry(fields));
    }
    return new ImageIndex(head.mediaType(), entries);
  }

  private static Entry entry(JsonFields fields) {
    JsonFields said = fields.object("platform").orElse(null);
    Platform platform = said == null ? null : platform(said);
    boolean unknown = platform != null && platform.os().equals("unknown");
    return new Entry(
        ImageManifest.descriptor(fields),
        unknown ? null : platform,
        unknown,
        fields.text("artifactType").filter(MediaTypes::isForeignArtifact).isPresent(),
        fields.textMap("annotations"));
  }

  /** The platform that these fields say; they are those of a config, too. */
  static Platform platform(JsonFields fields) {
    String os = fields.requiredText("os");
    String architecture = fields.requiredText("architecture");
    String variant = fields.text("variant").filter(text -> !text.isEmpty()).orElse(null);
    try {
      return Platform.of(os, architecture, variant);
    } catch (InvalidArgumentException e) {
      throw fields.invalid(e.getMessage());
    }
  }
}
