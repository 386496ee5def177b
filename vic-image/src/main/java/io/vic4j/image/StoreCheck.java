package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.image.DamagedEntry.Kind;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a whole store, and tells what is not as it should be. One check; not thread-safe. */
final class StoreCheck {
  private static final DatastorePath LAYERS = DatastorePath.parse("layers");

  private final DatastoreImageStore store;
  private final Datastore datastore;
  private final LayerDisks disks;
  private final List<DamagedEntry> damaged = new ArrayList<>();
  private final List<Digest> unchecked = new ArrayList<>();
  private int images;
  private int layers;

  StoreCheck(DatastoreImageStore store, Datastore datastore, LayerDisks disks) {
    this.store = store;
    this.datastore = datastore;
    this.disks = disks;
  }

  static DatastorePath layerFolder(Digest diffId) {
    return LAYERS.resolve(diffId.algorithm().label()).resolve(diffId.hex());
  }

  StoreReport run(Progress progress) {
    try (ProgressTask task = progress.begin("verification of " + store)) {
      Set<Digest> needed = new HashSet<>();
      checkImages(needed);
      Set<Digest> found = checkLayers(task);
      needed.removeAll(found);
      for (Digest diffId : needed) {
        if (disks.find(diffId).isEmpty()) {
          missing(Kind.LAYER, "layer disk", diffId, layerFolder(diffId));
        }
      }
      checkScopes();
      store
          .leases()
          .damaged()
          .forEach((place, reason) -> add(Kind.LEASE, Optional.empty(), place, reason));
      task.complete();
    }
    damaged.sort(
        Comparator.comparing(DamagedEntry::place)
            .thenComparing(entry -> entry.reason().toString()));
    unchecked.sort(null);
    return new StoreReport(images, layers, unchecked, damaged);
  }

  private void add(Kind kind, Optional<Digest> id, DatastorePath place, VicException reason) {
    damaged.add(new DamagedEntry(kind, id, place, reason));
  }

  private void missing(Kind kind, String what, Digest id, DatastorePath place) {
    add(kind, Optional.of(id), place, new NotFoundException(what, id.toString()));
  }

  private void checkImages(Set<Digest> needed) {
    for (Digest id : store.folders().ids()) {
      DatastorePath folder = ImageFolders.folder(id);
      try {
        needed.addAll(store.folders().read(id, folder).diffIds());
        images++;
      } catch (CorruptException | UnsupportedException e) {
        if (datastore.stat(folder).isPresent()) {
          add(Kind.IMAGE, Optional.of(id), folder, e);
        }
      }
    }
  }

  /** Reads all layer disks; the diff IDs of those that are there, whole or not. */
  private Set<Digest> checkLayers(ProgressTask task) {
    Set<Digest> found = new HashSet<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      for (DatastoreEntry entry : datastore.list(LAYERS.resolve(algorithm.label()))) {
        Digest diffId;
        try {
          diffId = new Digest(algorithm, entry.path().name());
        } catch (InvalidArgumentException e) {
          continue; // Not a thing of ours.
        }
        if (checkLayer(diffId, entry.path(), task)) {
          found.add(diffId);
        }
      }
    }
    return found;
  }

  private boolean checkLayer(Digest diffId, DatastorePath folder, ProgressTask task) {
    try {
      Optional<LayerDisk> disk = disks.find(diffId);
      if (disk.isPresent()) {
        layers++;
        if (!disks.verify(disk.get(), task)) {
          unchecked.add(diffId);
        }
        return true;
      }
      if (datastore.list(folder).isEmpty()) {
        return false; // Gone since it was listed.
      }
      throw new CorruptException(
          "layer disk " + diffId + " in '" + folder + "' is damaged: its description is missing",
          null);
    } catch (CorruptException e) {
      add(Kind.LAYER, Optional.of(diffId), folder, e);
      return true;
    } catch (NotFoundException e) {
      return false; // Collected while it was read.
    }
  }

  private void checkScopes() {
    for (VchName vch : store.scopeFolders()) {
      StoredScope scope = store.scope(vch);
      scope
          .damagedRecords()
          .forEach((place, reason) -> add(Kind.RECORD, Optional.empty(), place, reason));
      for (Digest id : scope.imageIdsThatCanBeRead()) {
        DatastorePath folder = ImageFolders.folder(id);
        boolean told = damaged.stream().anyMatch(entry -> entry.place().equals(folder));
        if (!told && store.folders().findAnywhere(id).isEmpty()) {
          missing(Kind.IMAGE, "image", id, folder);
        }
      }
    }
  }
}
