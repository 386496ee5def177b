package io.vic4j.image.layout;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DigestingInputStream;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnsupportedException;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import io.vic4j.image.Image;
import io.vic4j.image.ImageLayer;
import io.vic4j.image.ImageManifest;
import io.vic4j.image.ImageSource;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.RawManifest;
import io.vic4j.storage.tar.Compression;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarException;
import io.vic4j.storage.tar.TarWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One image on its way into a tar as {@code docker save} writes it. Source: Docker image
 * specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
 */
final class ArchiveWriter {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int MAX_CONFIG_BYTES = 4 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ImageSource image;
  private final Path file;
  private final List<ImageReference> names;

  ArchiveWriter(ImageSource image, Path file, List<ImageReference> names) {
    this.image = image;
    this.file = file;
    this.names = List.copyOf(names);
    for (ImageReference name : names) {
      if (name.digest().isPresent() || name.tag().isEmpty()) {
        throw new InvalidArgumentException(
            "an image in an archive is called by name and tag, not '" + name + "'");
      }
    }
  }

  Digest run(Progress progress) {
    RawManifest manifest = image.manifest();
    if (MediaTypes.isIndex(manifest.kind())) {
      throw new UnsupportedException(
          image.name() + " is an index of several images; an archive holds one: name it by digest");
    }
    Bytes config = config(ImageManifest.parse(manifest).config());
    Image parsed = Image.parse(manifest, config, image.name());
    try (ProgressTask task = progress.begin("write of " + image.name() + " to " + file);
        NewFile target = NewFile.at(file)) {
      try (OutputStream out =
          new BufferedOutputStream(Files.newOutputStream(target.temporary()), BUFFER_BYTES)) {
        write(new TarWriter(out), parsed, config, task);
      } catch (IOException e) {
        throw NewFile.failed(file, e);
      }
      target.publish();
      task.complete();
    }
    return parsed.id();
  }

  private Bytes config(Descriptor blob) {
    String what = "config " + blob.digest() + " of " + image.name();
    if (blob.sizeBytes() > MAX_CONFIG_BYTES) {
      throw new InvalidArgumentException(what + " is larger than " + MAX_CONFIG_BYTES + " bytes");
    }
    try (DigestingInputStream in =
        new DigestingInputStream(image.blob(blob), blob.digest().algorithm())) {
      byte[] content = in.readNBytes((int) blob.sizeBytes() + 1);
      NewFile.verify(what, blob, in);
      return new Bytes(content);
    } catch (IOException e) {
      throw NewFile.failed(file, e);
    }
  }

  private void write(TarWriter tar, Image parsed, Bytes config, ProgressTask task)
      throws IOException {
    String configName = parsed.id().hex() + ".json";
    put(tar, configName, config.toArray());
    Set<Digest> written = new LinkedHashSet<>();
    for (ImageLayer layer : parsed.layers()) {
      if (written.add(layer.diffId())) {
        putLayer(tar, layer, task);
      }
    }
    put(tar, "manifest.json", manifestJson(configName, parsed));
    tar.finish();
  }

  private static String layerName(Digest diffId) {
    return diffId.hex() + ".tar";
  }

  private byte[] manifestJson(String configName, Image parsed) throws IOException {
    ArrayNode images = JSON.createArrayNode();
    ObjectNode saved = images.addObject();
    saved.put("Config", configName);
    ArrayNode tags = saved.putArray("RepoTags");
    names.stream().map(ImageReference::toString).sorted().distinct().forEach(tags::add);
    ArrayNode layers = saved.putArray("Layers");
    parsed.diffIds().forEach(diffId -> layers.add(layerName(diffId)));
    return JSON.writeValueAsBytes(images);
  }

  /** Its length stands before it in the tar, so it is decompressed into a file of its own first. */
  private void putLayer(TarWriter tar, ImageLayer layer, ProgressTask parent) throws IOException {
    Descriptor blob = layer.blob();
    String what = "layer " + blob.digest() + " of " + image.name();
    try (ProgressTask task = parent.begin("layer " + layer.diffId().shortHex(), blob.sizeBytes());
        NewFile spool = NewFile.at(file.resolveSibling(layerName(layer.diffId())))) {
      decompress(what, layer, spool.temporary());
      tar.put(entry(layerName(layer.diffId()), Files.size(spool.temporary())));
      try (InputStream in = Files.newInputStream(spool.temporary())) {
        copy(what, in, tar::write);
      }
      task.complete();
    }
  }

  private static void decompress(
      String what, ImageLayer layer, InputStream source, OutputStream out) throws IOException {
    Descriptor blob = layer.blob();
    DigestingInputStream stored = new DigestingInputStream(source, blob.digest().algorithm());
    try (InputStream plain = Compression.decompress(stored);
        DigestingInputStream in = new DigestingInputStream(plain, layer.diffId().algorithm())) {
      copy(what, in, out::write);
      stored.transferTo(OutputStream.nullOutputStream());
      NewFile.verify(what, blob, stored);
      Digest actual = in.digest();
      if (!actual.equals(layer.diffId())) {
        throw CorruptException.digestMismatch("the tar of " + what, layer.diffId(), actual);
      }
    } catch (TarException e) {
      throw new CorruptException(what + " is corrupt: " + e.getMessage(), e);
    }
  }

  private void decompress(String what, ImageLayer layer, Path target) throws IOException {
    try (InputStream source = image.blob(layer.blob());
        OutputStream out = Files.newOutputStream(target)) {
      decompress(what, layer, source, out);
    }
  }

  /** Takes some bytes. */
  private interface Target {
    void write(byte[] bytes, int offset, int length) throws IOException;
  }

  private static void copy(String what, InputStream in, Target target) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      CancelledException.throwIfInterrupted("copy of", what);
      target.write(buffer, 0, read);
    }
  }

  private static TarEntry entry(String name, long sizeBytes) {
    return TarEntry.builder(TarEntry.Type.FILE, name)
        .mode(0644)
        .owner(0, 0)
        .modified(Instant.EPOCH)
        .sizeBytes(sizeBytes)
        .build();
  }

  private static void put(TarWriter tar, String name, byte[] content) throws IOException {
    tar.put(entry(name, content.length));
    tar.write(content);
  }
}
