package io.vic4j.image.layout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageIndex;
import io.vic4j.image.ImageSource;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.RawManifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** One image on its way into an image layout. Source: OCI image specification 1.1, image layout. */
final class LayoutWriter {
  private static final int MAX_DEPTH = 4;
  private static final String LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ImageSource image;
  private final Path folder;
  private final String tag;

  LayoutWriter(ImageSource image, Path folder, String tag) {
    this.image = image;
    this.folder = folder;
    this.tag = tag;
  }

  Digest run(Progress progress) {
    ObjectNode index = readIndex();
    RawManifest top = image.manifest();
    try (ProgressTask task = progress.begin("write of " + image.name() + " to " + folder)) {
      content(top, top.kind(), task, 1);
      write(folder.resolve("oci-layout"), LAYOUT.getBytes(StandardCharsets.UTF_8));
      publish(index, top);
      task.complete();
    }
    return top.digest();
  }

  private Path indexFile() {
    return folder.resolve("index.json");
  }

  private ObjectNode readIndex() {
    if (!Files.exists(indexFile())) {
      ObjectNode index = JSON.createObjectNode();
      index.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
      index.putArray("manifests");
      return index;
    }
    try {
      JsonNode index = JSON.readTree(Files.readAllBytes(indexFile()));
      if (index instanceof ObjectNode object && object.path("manifests").isArray()) {
        return object;
      }
    } catch (IOException e) {
      throw new InvalidArgumentException("'" + indexFile() + "' is no index of an image layout", e);
    }
    throw new InvalidArgumentException("'" + indexFile() + "' is no index of an image layout");
  }

  private void publish(ObjectNode index, RawManifest top) {
    ArrayNode manifests = (ArrayNode) index.get("manifests");
    for (int i = manifests.size() - 1; i >= 0; i--) {
      if (manifests.get(i).path("annotations").path(OciLayout.TAG).asText("").equals(tag)) {
        manifests.remove(i);
      }
    }
    manifests
        .addObject()
        .put("mediaType", top.kind())
        .put("digest", top.digest().toString())
        .put("size", top.content().size())
        .putObject("annotations")
        .put(OciLayout.TAG, tag);
    try {
      write(indexFile(), JSON.writeValueAsBytes(index));
    } catch (IOException e) {
      throw NewFile.failed(indexFile(), e);
    }
  }

  private void content(RawManifest raw, String mediaType, ProgressTask task, int depth) {
    if (!MediaTypes.isIndex(mediaType)) {
      raw.blobs().forEach(blob -> copy(blob, task));
    } else {
      if (depth == MAX_DEPTH) {
        throw new InvalidArgumentException(
            "the index of " + image.name() + " has too deep ones in it");
      }
      for (ImageIndex.Entry entry : ImageIndex.parse(raw).entries()) {
        Descriptor below = entry.descriptor();
        content(image.manifest(below.digest()), below.mediaType(), task, depth + 1);
      }
    }
    Path file = blobFile(raw.digest());
    if (!isThere(file, raw.content().size())) {
      write(file, raw.content().toArray());
    }
  }

  private void copy(Descriptor blob, ProgressTask parent) {
    Path file = blobFile(blob.digest());
    String what = "blob " + blob.digest() + " of " + image.name();
    try (ProgressTask task = parent.begin("blob " + blob.digest().shortHex(), blob.sizeBytes())) {
      if (!isThere(file, blob.sizeBytes())) {
        try (InputStream content = image.blob(blob);
            NewFile target = NewFile.at(file)) {
          target.write(what, blob, content, task::advance);
          target.publish();
        } catch (NotFoundException e) {
          if (!MediaTypes.isForeignLayer(blob.mediaType())) {
            throw e;
          }
        } catch (IOException e) {
          throw NewFile.failed(file, e);
        }
      }
      task.complete();
    }
  }

  private static boolean isThere(Path file, long sizeBytes) {
    try {
      return Files.isRegularFile(file) && Files.size(file) == sizeBytes;
    } catch (IOException e) {
      return false;
    }
  }

  private Path blobFile(Digest digest) {
    return folder.resolve("blobs").resolve(digest.algorithm().label()).resolve(digest.hex());
  }

  private static void write(Path file, byte[] content) {
    try (NewFile target = NewFile.at(file)) {
      target.write(content);
      target.publish();
    }
  }
}
