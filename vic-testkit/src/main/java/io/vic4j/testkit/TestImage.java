package io.vic4j.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.Digest;
import io.vic4j.core.Platform;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;

/**
 * A small image, made in memory for a test.
 *
 * <pre>{@code
 * TestImage image = TestImage.builder()
 *     .layer(layer -> layer.directory("etc").file("etc/motd", "hello"))
 *     .entrypoint("/bin/app")
 *     .env("MODE", "fast")
 *     .build();
 * ImageReference reference = registry.add("lib/app:1", image);
 * }</pre>
 *
 * <p>Well formed by the OCI image specification 1.1 or, with {@link Format#DOCKER}, as Docker's
 * schema 2 has it. The same description gives the same bytes and digests. Immutable.
 */
public final class TestImage {
  /** Whose media types the manifest and what it points to have. */
  public enum Format {
    /** The OCI image specification's. */
    OCI(
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar"),
    /** Docker's image manifest version 2, schema 2. */
    DOCKER(
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar");

    final String manifestType;
    final String indexType;
    final String configType;
    final String layerType;

    Format(String manifestType, String indexType, String configType, String layerType) {
      this.manifestType = manifestType;
      this.indexType = indexType;
      this.configType = configType;
      this.layerType = layerType;
    }
  }

  /** How the layers' tars are compressed. */
  public enum Compression {
    /** With gzip. */
    GZIP,
    /** Not at all. */
    NONE
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Format format;
  private final Platform platform;
  private final List<TestLayer> layers;
  private final List<Descriptor> layerDescriptors = new ArrayList<>();
  private final Map<Digest, Bytes> blobs = new LinkedHashMap<>();
  private final Descriptor config;
  private final Bytes manifest;

  private TestImage(Builder builder) {
    this.format = builder.format;
    this.platform = builder.platform;
    this.layers = List.copyOf(builder.layers);
    for (TestLayer layer : layers) {
      boolean gzip = builder.compression == Compression.GZIP;
      byte[] blob = gzip ? gzip(layer.tar().toArray()) : layer.tar().toArray();
      // The suffix is "+gzip" in OCI's types and ".gzip" in Docker's.
      String suffix = !gzip ? "" : format == Format.OCI ? "+gzip" : ".gzip";
      layerDescriptors.add(addBlob(format.layerType + suffix, blob));
    }
    this.config = addBlob(format.configType, json(configJson(builder)));
    Map<String, Object> manifestJson = new LinkedHashMap<>();
    manifestJson.put("schemaVersion", 2);
    manifestJson.put("mediaType", format.manifestType);
    manifestJson.put("config", json(config));
    manifestJson.put("layers", layerDescriptors.stream().map(TestImage::json).toList());
    this.manifest = new Bytes(json(manifestJson));
  }

  private Descriptor addBlob(String mediaType, byte[] content) {
    Digest digest = Digest.sha256(content);
    blobs.put(digest, new Bytes(content));
    return new Descriptor(mediaType, digest, content.length);
  }

  private static Map<String, Object> configJson(Builder builder) {
    Map<String, Object> run = new LinkedHashMap<>();
    putUnlessEmpty(run, "User", builder.user);
    putUnlessEmpty(run, "ExposedPorts", builder.exposedPorts);
    putUnlessEmpty(run, "Env", builder.env);
    putUnlessEmpty(run, "Entrypoint", builder.entrypoint);
    putUnlessEmpty(run, "Cmd", builder.command);
    putUnlessEmpty(run, "Volumes", builder.volumes);
    putUnlessEmpty(run, "WorkingDir", builder.workingDirectory);
    putUnlessEmpty(run, "Labels", builder.labels);
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("created", "1970-01-01T00:00:00Z");
    config.put("architecture", builder.platform.architecture());
    builder.platform.variant().ifPresent(variant -> config.put("variant", variant));
    config.put("os", builder.platform.os());
    config.put("config", run);
    Map<String, Object> rootfs = new LinkedHashMap<>();
    rootfs.put("type", "layers");
    rootfs.put("diff_ids", builder.layers.stream().map(l -> l.diffId().toString()).toList());
    config.put("rootfs", rootfs);
    config.put(
        "history",
        builder.layers.stream().map(layer -> Map.of("created_by", "vic4j test image")).toList());
    return config;
  }

  private static void putUnlessEmpty(Map<String, Object> json, String name, Object value) {
    boolean empty =
        value instanceof String text
            ? text.isEmpty()
            : value instanceof List<?> list ? list.isEmpty() : ((Map<?, ?>) value).isEmpty();
    if (!empty) {
      json.put(name, value);
    }
  }

  /** An image to describe. */
  public static Builder builder() {
    return new Builder();
  }

  /** Whose media types it has. */
  public Format format() {
    return format;
  }

  /** What it runs on. */
  public Platform platform() {
    return platform;
  }

  /** Its layers, the lowest first. */
  public List<TestLayer> layers() {
    return layers;
  }

  /** Its layers as its manifest points to them, the lowest first. */
  public List<Descriptor> layerDescriptors() {
    return List.copyOf(layerDescriptors);
  }

  /** Its config as its manifest points to it; the config's digest is the image ID. */
  public Descriptor configDescriptor() {
    return config;
  }

  /** Its manifest. */
  public Bytes manifest() {
    return manifest;
  }

  /** Its manifest as an index points to it. */
  public Descriptor manifestDescriptor() {
    return new Descriptor(format.manifestType, Digest.sha256(manifest.toArray()), manifest.size());
  }

  /** Its config and its layers, as the registry keeps them. */
  public Map<Digest, Bytes> blobs() {
    return Map.copyOf(blobs);
  }

  /** An index of images for several platforms. */
  static byte[] index(List<TestImage> images) {
    Format format = images.get(0).format;
    List<Object> manifests = new ArrayList<>();
    for (TestImage image : images) {
      Map<String, Object> platform = new LinkedHashMap<>();
      platform.put("architecture", image.platform.architecture());
      platform.put("os", image.platform.os());
      image.platform.variant().ifPresent(variant -> platform.put("variant", variant));
      Map<String, Object> descriptor = json(image.manifestDescriptor());
      descriptor.put("platform", platform);
      manifests.add(descriptor);
    }
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", format.indexType);
    index.put("manifests", manifests);
    return json(index);
  }

  /**
   * Writes it into an OCI image layout (OCI image specification 1.1, "Image Layout") of its own,
   * for tools that read such.
   *
   * @param folder is made; what is in it is overwritten
   * @param tag what the image is called in the layout
   * @throws IllegalStateException if it is not in the {@linkplain Format#OCI OCI format}
   * @throws UncheckedIOException if the folder cannot be written
   */
  public void writeLayout(Path folder, String tag) {
    if (format != Format.OCI) {
      throw new IllegalStateException("an OCI image layout holds OCI images only");
    }
    Map<String, Object> descriptor = json(manifestDescriptor());
    descriptor.put("annotations", Map.of("org.opencontainers.image.ref.name", tag));
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("manifests", List.of(descriptor));
    try {
      Path blobFolder = Files.createDirectories(folder.resolve("blobs/sha256"));
      for (Map.Entry<Digest, Bytes> blob : blobs.entrySet()) {
        Files.write(blobFolder.resolve(blob.getKey().hex()), blob.getValue().toArray());
      }
      Files.write(blobFolder.resolve(manifestDescriptor().digest().hex()), manifest.toArray());
      Files.write(folder.resolve("index.json"), json(index));
      Files.write(folder.resolve("oci-layout"), json(Map.of("imageLayoutVersion", "1.0.0")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> json(Descriptor descriptor) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("mediaType", descriptor.mediaType());
    json.put("digest", descriptor.digest().toString());
    json.put("size", descriptor.sizeBytes());
    return json;
  }

  static byte[] json(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Describes an image: by default OCI, linux/amd64, gzip, without layers. */
  public static final class Builder {
    private final List<TestLayer> layers = new ArrayList<>();
    private final List<String> env = new ArrayList<>();
    private final Map<String, String> labels = new TreeMap<>();
    private final Map<String, Object> exposedPorts = new TreeMap<>();
    private final Map<String, Object> volumes = new TreeMap<>();
    private List<String> entrypoint = List.of();
    private List<String> command = List.of();
    private String workingDirectory = "";
    private String user = "";
    private Platform platform = Platform.LINUX_AMD64;
    private Format format = Format.OCI;
    private Compression compression = Compression.GZIP;

    private Builder() {}

    /** Puts a layer on top. */
    public Builder layer(TestLayer layer) {
      layers.add(layer);
      return this;
    }

    /** Puts a layer on top, described in place. */
    public Builder layer(UnaryOperator<TestLayer.Builder> description) {
      return layer(description.apply(TestLayer.builder()).build());
    }

    /** The program to run, with its first arguments. */
    public Builder entrypoint(String... words) {
      entrypoint = List.of(words);
      return this;
    }

    /** The program to run where there is no entrypoint, or the entrypoint's further arguments. */
    public Builder command(String... words) {
      command = List.of(words);
      return this;
    }

    /** One more environment variable. */
    public Builder env(String name, String value) {
      env.add(name + "=" + value);
      return this;
    }

    /** Where the program starts. */
    public Builder workingDirectory(String path) {
      workingDirectory = path;
      return this;
    }

    /** Who runs it: {@code user[:group]}, by name or number. */
    public Builder user(String name) {
      user = name;
      return this;
    }

    /** One more label. */
    public Builder label(String name, String value) {
      labels.put(name, value);
      return this;
    }

    /** One more port that it listens on, such as {@code 80/tcp}. */
    public Builder exposedPort(String port) {
      exposedPorts.put(port, Map.of());
      return this;
    }

    /** One more place where it wants a volume. */
    public Builder volume(String path) {
      volumes.put(path, Map.of());
      return this;
    }

    /** What it runs on. */
    public Builder platform(Platform value) {
      platform = value;
      return this;
    }

    /** Whose media types it has. */
    public Builder format(Format value) {
      format = value;
      return this;
    }

    /** How its layers are compressed. */
    public Builder compression(Compression value) {
      compression = value;
      return this;
    }

    /** The image as described. */
    public TestImage build() {
      return new TestImage(this);
    }
  }
}
