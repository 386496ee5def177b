package io.vic4j.image;

import io.vic4j.core.UnsupportedException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The media types of images.
 *
 * <p>Source: OCI image specification 1.1, "OCI Image Media Types"; Docker image manifest version 2,
 * schema 2, "Media Types".
 */
public final class MediaTypes {
  /** An OCI image manifest. */
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** An OCI image index. */
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";

  /** An OCI image config. */
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";

  /** A layer as a tar; with {@code +gzip} or {@code +zstd} behind it, compressed. */
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

  /** A Docker manifest, schema 2. */
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** A Docker manifest list. */
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** The config of a Docker image. */
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

  /** A layer of a Docker image as a tar; with {@code .gzip} or {@code .zstd}, compressed. */
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

  private static final String OCI_FOREIGN_LAYER =
      "application/vnd.oci.image.layer.nondistributable.v1.tar";
  private static final String DOCKER_FOREIGN_LAYER =
      "application/vnd.docker.image.rootfs.foreign.diff.tar";
  private static final String DOCKER_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+";

  private static final Set<String> COMPRESSIONS = Set.of("", "+gzip", "+zstd", ".gzip", ".zstd");

  private MediaTypes() {}

  /** The manifests and indexes that are understood: what to ask a registry for. */
  public static List<String> manifests() {
    return List.of(OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST);
  }

  /** Whether this is an index or a manifest list. */
  public static boolean isIndex(String mediaType) {
    return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_LIST);
  }

  /** Whether this is the manifest of one image. */
  public static boolean isManifest(String mediaType) {
    return mediaType.equals(OCI_MANIFEST) || mediaType.equals(DOCKER_MANIFEST);
  }

  /** Whether an index's "artifactType" says that it is something else than an image. */
  static boolean isForeignArtifact(String artifactType) {
    return !artifactType.isEmpty() && !isConfig(artifactType);
  }

  static boolean isConfig(String mediaType) {
    return mediaType.equals(OCI_CONFIG) || mediaType.equals(DOCKER_CONFIG);
  }

  /** Whether this is a layer that registries need not have: foreign, or not distributable. */
  public static boolean isForeignLayer(String mediaType) {
    return isLayer(OCI_FOREIGN_LAYER, mediaType) || isLayer(DOCKER_FOREIGN_LAYER, mediaType);
  }

  static void requireLayer(String mediaType, String what) {
    if (!isLayer(OCI_LAYER, mediaType)
        && !isLayer(DOCKER_LAYER, mediaType)
        && !isForeignLayer(mediaType)) {
      throw new UnsupportedException(
          what + " is of the media type '" + mediaType + "', which is not supported");
    }
  }

  private static boolean isLayer(String tar, String mediaType) {
    return mediaType.startsWith(tar) && COMPRESSIONS.contains(mediaType.substring(tar.length()));
  }

  static boolean isSchema1(String mediaType) {
    return mediaType.startsWith(DOCKER_SCHEMA_1);
  }

  /**
   * A source's word without parameters, or empty where it only says that these are some bytes.
   * Registries and file servers that do not know the types send such.
   */
  static String normalize(String mediaType) {
    int semicolon = mediaType.indexOf(';');
    String bare =
        (semicolon < 0 ? mediaType : mediaType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    return switch (bare) {
      case "application/json", "application/octet-stream", "text/plain" -> "";
      default -> bare;
    };
  }
}
