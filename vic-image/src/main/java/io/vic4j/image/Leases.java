package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.LayerDisks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The leases on a datastore: {@code leases/<id>@<count>.json}, each a file that says which image
 * and layers are needed. A lease lives by the time its newest file was written, by the datastore's
 * clock; a renewal writes one more. Thread-safe.
 */
final class Leases {
  private static final DatastorePath LEASES = DatastorePath.parse("leases");

  private final Datastore datastore;
  private final Staging staging;
  private final IdSource ids;

  Leases(Datastore datastore, Staging staging, IdSource ids) {
    this.datastore = datastore;
    this.staging = staging;
    this.ids = ids;
  }

  /** The images and the layer disks, seams included, that live leases need. */
  record Needed(Set<Digest> images, Set<Digest> layers) {}

  ImageLease take(Digest imageId, List<Digest> diffIds) {
    var node = JsonText.object().put("imageId", imageId.toString());
    var list = node.putArray("diffIds");
    diffIds.forEach(diffId -> list.add(diffId.toString()));
    Lease lease = new Lease(ids.next().substring(0, 32), JsonText.bytes(node));
    lease.renew();
    return lease;
  }

  /** The time by the datastore's clock: that of a file just written. */
  Instant now() {
    try (Staging.Work work = staging.begin()) {
      DatastorePath probe = work.folder().resolve("clock");
      work.writeFile(probe, new byte[0]);
      return datastore
          .stat(probe)
          .orElseThrow(() -> new NotFoundException("file", "" + probe))
          .modified();
    }
  }

  /**
   * What the leases need that were renewed after {@code limit}.
   *
   * @throws CorruptException if one is damaged
   */
  Needed needed(Instant limit) {
    Set<Digest> images = new HashSet<>();
    Set<Digest> layers = new HashSet<>();
    for (DatastoreEntry entry : datastore.list(LEASES)) {
      if (entry.modified().isAfter(limit)) {
        read(entry.path()).ifPresent(fields -> need(fields, images, layers));
      }
    }
    return new Needed(images, layers);
  }

  /** The leases that cannot be read, by their files. */
  Map<DatastorePath, CorruptException> damaged() {
    Map<DatastorePath, CorruptException> damaged = new TreeMap<>();
    for (DatastoreEntry entry : datastore.list(LEASES)) {
      try {
        read(entry.path()).ifPresent(fields -> need(fields, new HashSet<>(), new HashSet<>()));
      } catch (CorruptException e) {
        damaged.put(entry.path(), e);
      }
    }
    return damaged;
  }

  private static void need(JsonFields fields, Set<Digest> images, Set<Digest> layers) {
    try {
      images.add(fields.requiredDigest("imageId"));
      List<Digest> diffIds = fields.digests("diffIds");
      layers.addAll(diffIds);
      layers.add(LayerDisks.seamId(diffIds));
    } catch (InvalidArgumentException e) {
      throw new CorruptException("damaged: " + e.getMessage(), e);
    }
  }

  private Optional<JsonFields> read(DatastorePath file) {
    try {
      return Optional.of(
          JsonFields.parse("lease '" + file + "'", SmallFiles.read(datastore, file)));
    } catch (NotFoundException e) {
      return Optional.empty(); // It ended meanwhile: a scope refers to the image by now.
    } catch (InvalidArgumentException e) {
      throw new CorruptException("damaged: " + e.getMessage(), e);
    }
  }

  /** Removes leases that ran out. */
  void sweep(Instant limit) {
    for (DatastoreEntry entry : datastore.list(LEASES)) {
      if (!entry.modified().isAfter(limit)) {
        datastore.delete(entry.path());
      }
    }
  }

  private final class Lease implements ImageLease {
    private final String id;
    private final byte[] content;
    private final List<DatastorePath> files = new ArrayList<>();
    private long count;
    private boolean closed;

    private Lease(String id, byte[] content) {
      this.id = id;
      this.content = content;
    }

    @Override
    public synchronized void renew() {
      if (closed) {
        return;
      }
      count++;
      DatastorePath file = LEASES.resolve(id + "@" + count + ".json");
      staging.publishFile(file, content);
      files.add(file);
      // The last but one stays, so that a listing that runs meanwhile sees this or that.
      while (files.size() > 2) {
        datastore.delete(files.remove(0));
      }
    }

    @Override
    public synchronized void close() {
      closed = true;
      files.forEach(datastore::delete);
      files.clear();
    }
  }
}
