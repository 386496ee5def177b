package io.vic4j.image.layout;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DigestingInputStream;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageConfig;
import io.vic4j.image.ImageSource;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.RawManifest;
import io.vic4j.storage.tar.TarException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An image in a tar of {@code docker save}: of any version of Docker, of podman or of skopeo.
 *
 * <p>Such a tar has no manifest as registries have them, so one is made: always the same for the
 * same tar. Opening reads the tar's headers, jumping over the content; a layer is then read
 * straight from its place. Only a compressed layer whose digest the archive does not tell is read
 * once more. Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset
 * Format".
 *
 * <p>Thread-safe. It holds nothing open but the streams it gives; closing does nothing more. The
 * file must not change while it is in use.
 */
public final class DockerArchive implements ImageSource {
  private static final int MAX_JSON_BYTES = 4 << 20;
  private static final Pattern BLOB = Pattern.compile("blobs/(sha256|sha512)/([0-9a-f]+)");
  private static final Pattern CONFIG = Pattern.compile("([0-9a-f]{64})\\.json");
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .build();

  private final TarIndex tar;
  private final String name;
  private final RawManifest manifest;
  private final Map<Digest, TarIndex.Content> blobs;

  /** One image of {@code manifest.json}. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Saved(
      @JsonProperty("Config") @Nullable String config,
      @JsonProperty("RepoTags") @Nullable List<String> repoTags,
      @JsonProperty("Layers") @Nullable List<String> layers) {
    List<ImageReference> names() {
      return repoTags == null ? List.of() : repoTags.stream().map(ImageReference::parse).toList();
    }
  }

  private DockerArchive(
      TarIndex tar, String name, RawManifest manifest, Map<Digest, TarIndex.Content> blobs) {
    this.tar = tar;
    this.name = name;
    this.manifest = manifest;
    this.blobs = Map.copyOf(blobs);
  }

  /**
   * The only image of this archive.
   *
   * @throws NotFoundException if there is no such file
   * @throws InvalidArgumentException if it is no such archive, or has several images; the message
   *     lists their names
   */
  public static DockerArchive open(Path file) {
    String name = "docker-archive:" + file;
    TarIndex tar = index(file);
    List<Saved> images = images(file, tar);
    if (images.size() != 1) {
      throw new InvalidArgumentException(
          name + " has " + images.size() + " images, say which: " + names(images));
    }
    return open(tar, name, images.get(0));
  }

  /**
   * The image of this name.
   *
   * @throws NotFoundException if there is no such file, or no such image in it; the message lists
   *     the names there are
   * @throws InvalidArgumentException if it is no such archive
   */
  public static DockerArchive open(Path file, ImageReference reference) {
    String name = "docker-archive:" + file + ":" + reference.familiar();
    TarIndex tar = index(file);
    List<Saved> images = images(file, tar);
    for (Saved image : images) {
      if (image.names().contains(reference)) {
        return open(tar, name, image);
      }
    }
    throw new NotFoundException(
        "image", name, "image not found: " + name + "; there is " + names(images), null);
  }

  /**
   * Writes an image as {@code docker save} does, with its layers uncompressed: {@code docker load},
   * podman and skopeo read it. The same image makes the same bytes. The file is there, whole, when
   * this returns, in the place of what was there; meanwhile a layer takes room beside it.
   *
   * @param image one image, not an index of several
   * @param names what it is called, each with a tag; there may be none
   * @param progress gets one task
   * @return the image ID
   * @throws io.vic4j.core.UnsupportedException if it is an index
   * @throws io.vic4j.core.CorruptException if the source gives what it should not
   * @throws UnavailableException if something cannot be written
   */
  public static Digest write(
      ImageSource image, Path file, List<ImageReference> names, Progress progress) {
    return new ArchiveWriter(image, file, names).run(progress);
  }

  private static TarIndex index(Path file) {
    try {
      return TarIndex.of(file);
    } catch (TarException e) {
      throw new InvalidArgumentException(
          "'"
              + file
              + "' is no tar of docker save (if it is compressed, decompress it): "
              + e.getMessage(),
          e);
    }
  }

  private static String names(List<Saved> images) {
    TreeSet<String> names = new TreeSet<>();
    images.forEach(image -> image.names().forEach(name -> names.add(name.familiar())));
    return names.isEmpty() ? "none with a name" : String.join(", ", names);
  }

  private static List<Saved> images(Path file, TarIndex tar) {
    TarIndex.Content content =
        tar.find("manifest.json")
            .orElseThrow(
                () ->
                    new InvalidArgumentException(
                        "'" + file + "' is no tar of docker save: it has no manifest.json"));
    try {
      byte[] json = tar.read("manifest.json", content, MAX_JSON_BYTES);
      Saved[] images = MAPPER.readValue(json, Saved[].class);
      if (images == null || Arrays.stream(images).anyMatch(Objects::isNull)) {
        throw new InvalidArgumentException("manifest.json in '" + file + "' lists no images");
      }
      return List.of(images);
    } catch (JsonProcessingException e) {
      throw new InvalidArgumentException(
          "manifest.json in '" + file + "' is not valid: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UnavailableException("'" + file + "' cannot be read: " + e.getMessage(), e);
    }
  }

  private static DockerArchive open(TarIndex tar, String name, Saved image) {
    String configName = Objects.requireNonNullElse(image.config, "");
    List<String> layers = Objects.requireNonNullElse(image.layers, List.of());
    TarIndex.Content configContent = require(tar, name, configName);
    byte[] config = tar.read(configName, configContent, MAX_JSON_BYTES);
    Digest configDigest = Digest.sha256(config);
    Matcher named = CONFIG.matcher(configName);
    if (named.matches() && !named.group(1).equals(configDigest.hex())) {
      throw CorruptException.digestMismatch(
          "config '" + configName + "' of " + name,
          new Digest(Digest.Algorithm.SHA256, named.group(1)),
          configDigest);
    }
    List<Digest> diffIds = ImageConfig.parse(new Bytes(config)).diffIds();
    if (diffIds.size() != layers.size()) {
      throw new InvalidArgumentException(
          name + " has " + layers.size() + " layers, but " + diffIds.size() + " diff IDs");
    }
    Map<Digest, TarIndex.Content> blobs = new HashMap<>();
    blobs.put(configDigest, configContent);
    List<Descriptor> descriptors = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      TarIndex.Content content = require(tar, name, layers.get(i));
      Descriptor layer = layer(tar, layers.get(i), content, diffIds.get(i));
      blobs.put(layer.digest(), content);
      descriptors.add(layer);
    }
    Descriptor configBlob =
        new Descriptor(MediaTypes.DOCKER_CONFIG, configDigest, configContent.sizeBytes());
    return new DockerArchive(tar, name, manifest(configBlob, descriptors), blobs);
  }

  private static TarIndex.Content require(TarIndex tar, String name, String entry) {
    return tar.find(entry)
        .orElseThrow(
            () ->
                new InvalidArgumentException(
                    name + " is not complete: it has no entry '" + entry + "'"));
  }

  /** A layer as a blob: its digest is that of its name, or of its content as it is stored. */
  private static Descriptor layer(
      TarIndex tar, String entry, TarIndex.Content content, Digest diffId) {
    String suffix = compression(tar, content);
    String mediaType = MediaTypes.DOCKER_LAYER + suffix;
    Matcher blob = BLOB.matcher(entry);
    if (blob.matches()) {
      Digest digest = Digest.parse(blob.group(1) + ":" + blob.group(2));
      return new Descriptor(mediaType, digest, content.sizeBytes());
    }
    Digest digest = suffix.isEmpty() ? diffId : digest(tar, content);
    return new Descriptor(mediaType, digest, content.sizeBytes());
  }

  /** The ending of a media type, told by the first bytes (RFC 1952, 2.3.1; RFC 8878, 3.1.1). */
  private static String compression(TarIndex tar, TarIndex.Content content) {
    try (InputStream in = tar.open(content)) {
      byte[] magic = in.readNBytes(4);
      if (magic.length == 4 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
        return ".gzip";
      }
      boolean zstd = Arrays.equals(magic, new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd});
      return zstd ? ".zstd" : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Digest digest(TarIndex tar, TarIndex.Content content) {
    try (DigestingInputStream in =
        new DigestingInputStream(tar.open(content), Digest.Algorithm.SHA256)) {
      in.transferTo(OutputStream.nullOutputStream());
      return in.digest();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RawManifest manifest(Descriptor config, List<Descriptor> layers) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("schemaVersion", 2).put("mediaType", MediaTypes.DOCKER_MANIFEST);
    describe(node.putObject("config"), config);
    ArrayNode list = node.putArray("layers");
    layers.forEach(layer -> describe(list.addObject(), layer));
    try {
      return RawManifest.of(MediaTypes.DOCKER_MANIFEST, MAPPER.writeValueAsBytes(node));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void describe(ObjectNode node, Descriptor descriptor) {
    node.put("mediaType", descriptor.mediaType())
        .put("size", descriptor.sizeBytes())
        .put("digest", descriptor.digest().toString());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public RawManifest manifest() {
    return manifest;
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    TarIndex.Content content = blobs.get(descriptor.digest());
    if (content == null) {
      throw new NotFoundException("blob", descriptor.digest() + " in " + name);
    }
    return tar.open(content);
  }

  @Override
  public void close() {}
}
