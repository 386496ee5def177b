package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.VirtualDisks;
import java.util.List;
import java.util.Optional;

/**
 * A datastore that keeps {@linkplain VirtualDisks virtual disks}, as a vSphere datastore does, over
 * one that does not, as memory or a folder.
 *
 * <p>It takes disks in as stream-optimized VMDKs, first below {@code imports/}, and keeps each as
 * {@code x.vmdk} and {@code x-flat.vmdk}, so that whatever looks at disks on the datastore below
 * finds them there. What a user of the port must not do is a misuse here: to write, move or delete
 * the files that make up a disk.
 *
 * <p>Unlike those of folders, the moves of single disks are not atomic: for a moment, the disk is
 * in neither place. Thread-safe.
 */
public final class ImportingDatastore implements Datastore {
  private final Datastore below;
  private final ImportedDisks disks;

  private ImportingDatastore(Datastore below) {
    this.below = below;
    this.disks = new ImportedDisks(below);
  }

  /**
   * This datastore, with virtual disks.
   *
   * @throws IllegalArgumentException if it has some itself
   */
  public static ImportingDatastore over(Datastore below) {
    if (below.virtualDisks().isPresent()) {
      throw new IllegalArgumentException(below.name() + " keeps virtual disks itself");
    }
    return new ImportingDatastore(below);
  }

  @Override
  public String name() {
    return below.name();
  }

  @Override
  public Optional<DatastoreEntry> stat(DatastorePath path) {
    return below.stat(path);
  }

  @Override
  public List<DatastoreEntry> list(DatastorePath folder) {
    return below.list(folder);
  }

  @Override
  public List<String> names(DatastorePath folder) {
    return below.names(folder);
  }

  @Override
  public DatastoreReader open(DatastorePath file) {
    return below.open(file);
  }

  /**
   * Begins a file, which is no disk.
   *
   * @throws IllegalArgumentException if it is called as a disk is
   */
  @Override
  public DatastoreWriter create(DatastorePath file) {
    if (ImportedDisks.isNamedAsDisk(file)) {
      throw new IllegalArgumentException(
          "'" + file + "' is no file to write: make it one of the virtual disks");
    }
    return below.create(file);
  }

  @Override
  public void createFolder(DatastorePath folder) {
    below.createFolder(folder);
  }

  @Override
  public void move(DatastorePath from, DatastorePath to) {
    if (disks.isDisk(from)) {
      disks.move(from, to);
    } else {
      disks.refuseExtent(from);
      below.move(from, to);
    }
  }

  @Override
  public void delete(DatastorePath path) {
    ImportedDisks.undisturbed(
        () -> {
          if (disks.isDisk(path)) {
            disks.delete(path);
          } else {
            disks.refuseExtent(path);
            below.delete(path);
          }
        });
  }

  @Override
  public Optional<VirtualDisks> virtualDisks() {
    return Optional.of(disks);
  }

  @Override
  public Optional<DatastoreSpace> space() {
    return below.space();
  }

  @Override
  public String toString() {
    return "ImportingDatastore[" + below + "]";
  }
}
