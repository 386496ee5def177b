package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a scope notes of its images: what people edit in {@code scopes/<vch>/metadata}, and when
 * each image was last used in {@code scopes/<vch>/used}, which is written often and by whoever uses
 * it.
 */
final class ScopeNotes {
  private final VersionedRecords<ImageMetadata> metadata;
  private final VersionedRecords<Used> used;

  /** When an image was used. */
  private record Used(Digest imageId, Instant time) {}

  ScopeNotes(Datastore datastore, Staging staging, DatastorePath scope) {
    this.metadata =
        new VersionedRecords<>(datastore, staging, scope.resolve("metadata"), new MetadataFormat());
    this.used = new VersionedRecords<>(datastore, staging, scope.resolve("used"), new UsedFormat());
  }

  /** Revisions are the numbers of the files, so they are not written. */
  private static final class MetadataFormat implements VersionedRecords.Format<ImageMetadata> {
    @Override
    public byte[] write(ImageMetadata value) {
      var node = JsonText.object().put("imageId", value.imageId().toString());
      var labels = node.putObject("labels");
      value.labels().forEach(labels::put);
      return JsonText.bytes(node.put("notes", value.notes()).put("pinned", value.pinned()));
    }

    @Override
    public ImageMetadata read(String what, byte[] content) {
      JsonFields fields = JsonFields.parse(what, content);
      return new ImageMetadata(
          fields.requiredDigest("imageId"),
          0,
          fields.textMap("labels"),
          fields.requiredText("notes"),
          fields.flag("pinned"));
    }
  }

  private static final class UsedFormat implements VersionedRecords.Format<Used> {
    @Override
    public byte[] write(Used value) {
      return JsonText.bytes(
          JsonText.object()
              .put("imageId", value.imageId.toString())
              .put("time", value.time.toString()));
    }

    @Override
    public Used read(String what, byte[] content) {
      JsonFields fields = JsonFields.parse(what, content);
      try {
        return new Used(
            fields.requiredDigest("imageId"), Instant.parse(fields.requiredText("time")));
      } catch (DateTimeException e) {
        throw fields.invalid("time is no time: " + e.getMessage());
      }
    }
  }

  private static ImageMetadata at(long revision, ImageMetadata value) {
    return new ImageMetadata(
        value.imageId(), revision, value.labels(), value.notes(), value.pinned());
  }

  ImageMetadata find(Digest imageId) {
    var found = metadata.findNumbered(imageId.toString());
    return found
        .value()
        .map(value -> at(found.number(), value))
        .orElseGet(() -> at(found.number(), ImageMetadata.none(imageId)));
  }

  Map<Digest, ImageMetadata> all() {
    Map<Digest, ImageMetadata> all = new TreeMap<>();
    for (var entry : metadata.list().entries()) {
      all.put(entry.value().imageId(), at(entry.number(), entry.value()));
    }
    return all;
  }

  ImageMetadata update(ImageMetadata edited) {
    if (!metadata.putAfter(edited.imageId().toString(), edited.revision(), edited)) {
      throw new MetadataConflictException(edited, find(edited.imageId()));
    }
    return at(edited.revision() + 1, edited);
  }

  void use(Digest imageId, Instant time) {
    used.put(imageId.toString(), new Used(imageId, time));
  }

  Map<Digest, Instant> lastUses() {
    Map<Digest, Instant> all = new TreeMap<>();
    for (Used value : used.list().values()) {
      all.put(value.imageId, value.time);
    }
    return all;
  }

  Optional<Instant> lastUse(Digest imageId) {
    return used.find(imageId.toString()).map(value -> value.time);
  }

  void remove(Digest imageId) {
    metadata.remove(imageId.toString());
    used.remove(imageId.toString());
  }

  Map<DatastorePath, VicException> damaged() {
    Map<DatastorePath, VicException> damaged = new TreeMap<>(metadata.list().damagedFiles());
    damaged.putAll(used.list().damagedFiles());
    return damaged;
  }

  void sweep(Instant limit) {
    metadata.sweep(limit);
    used.sweep(limit);
  }
}
