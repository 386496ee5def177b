package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** A little image, made by hand, with the parts that tests want to see broken. */
final class SampleImage {
  final RawManifest manifest;
  final Bytes config;
  final Map<Digest, byte[]> blobs;
  final List<Digest> diffIds;

  private SampleImage(
      RawManifest manifest, Bytes config, Map<Digest, byte[]> blobs, List<Digest> diffIds) {
    this.manifest = manifest;
    this.config = config;
    this.blobs = blobs;
    this.diffIds = diffIds;
  }

  /** An image with a layer for each of these texts, each a file in it. */
  static SampleImage of(String... layers) {
    return forPlatform("linux", "amd64", layers);
  }

  static SampleImage forPlatform(String os, String architecture, String... texts) {
    List<byte[]> tars = new ArrayList<>();
    for (String text : texts) {
      tars.add(tar("file-" + text.hashCode(), text));
    }
    return ofTars(os, architecture, tars);
  }

  /**
   * An image with a layer that gives the directory {@code d} the mode 0700, and layers that have a
   * file in it, but not the directory itself.
   */
  static SampleImage withImpliedDirectory(String... files) {
    List<byte[]> tars = new ArrayList<>();
    tars.add(tar(TarEntry.builder(TarEntry.Type.DIRECTORY, "d/").mode(0700), new byte[0]));
    for (String file : files) {
      tars.add(tar("d/" + file, file));
    }
    return ofTars("linux", "amd64", tars);
  }

  private static SampleImage ofTars(String os, String architecture, List<byte[]> tars) {
    Map<Digest, byte[]> blobs = new LinkedHashMap<>();
    List<Digest> diffIds = new ArrayList<>();
    List<String> layers = new ArrayList<>();
    for (byte[] tar : tars) {
      byte[] blob = gzip(tar);
      diffIds.add(Digest.sha256(tar));
      blobs.put(Digest.sha256(blob), blob);
      layers.add(descriptor(MediaTypes.OCI_LAYER + "+gzip", blob));
    }
    byte[] config = config(os, architecture, diffIds).getBytes(StandardCharsets.UTF_8);
    blobs.put(Digest.sha256(config), config);
    String manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
            .formatted(
                MediaTypes.OCI_MANIFEST,
                descriptor(MediaTypes.OCI_CONFIG, config),
                String.join(",", layers));
    return new SampleImage(manifest(manifest), new Bytes(config), blobs, diffIds);
  }

  static RawManifest manifest(String json) {
    return RawManifest.of("", json.getBytes(StandardCharsets.UTF_8));
  }

  static RawManifest index(String... entries) {
    return manifest(
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(MediaTypes.OCI_INDEX, String.join(",", entries)));
  }

  /** What an index says of this image. */
  String entry(String os, String architecture) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\"}}"
        .formatted(
            MediaTypes.OCI_MANIFEST,
            manifest.digest(),
            manifest.content().size(),
            os,
            architecture);
  }

  static String config(String os, String architecture, List<Digest> diffIds) {
    StringBuilder ids = new StringBuilder();
    diffIds.forEach(id -> ids.append(ids.isEmpty() ? "\"" : ",\"").append(id).append('"'));
    return "{\"os\":\"%s\",\"architecture\":\"%s\",\"config\":{\"Cmd\":[\"sh\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}"
        .formatted(os, architecture, ids);
  }

  static String descriptor(String mediaType, byte[] content) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(mediaType, Digest.sha256(content), content.length);
  }

  static byte[] tar(String name, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    return tar(TarEntry.builder(TarEntry.Type.FILE, name).mode(0644), content);
  }

  private static byte[] tar(TarEntry.Builder entry, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      TarWriter tar = new TarWriter(out);
      tar.put(entry.sizeBytes(content.length).build());
      tar.write(content);
      tar.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  Digest id() {
    return Digest.sha256(config.toArray());
  }

  Descriptor layerBlob(int number) {
    return ImageManifest.parse(manifest).layers().get(number);
  }

  MapSource source() {
    return new MapSource("sample", manifest).with(this);
  }
}
