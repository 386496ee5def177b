package io.vic4j.storage;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.DatastorePath;
import java.util.List;
import java.util.UUID;

/**
 * A layer disk on a datastore.
 *
 * @param description what is known of it
 * @param folder where its files are
 */
record StoredLayerDisk(LayerDescription description, DatastorePath folder) implements LayerDisk {
  @Override
  public Digest diffId() {
    return description.diffId();
  }

  @Override
  public List<Digest> layers() {
    return description.layers();
  }

  @Override
  public DatastorePath path() {
    return folder.resolve(LayerDescription.DISK);
  }

  @Override
  public DatastorePath extentPath() {
    return folder.resolve(LayerDescription.EXTENT);
  }

  @Override
  public UUID fileSystemUuid() {
    return description.fileSystemUuid();
  }

  @Override
  public long capacityBytes() {
    return description.capacityBytes();
  }

  @Override
  public long tarBytes() {
    return description.tarBytes();
  }

  @Override
  public long entries() {
    return description.entries();
  }

  @Override
  public long impliedDirectories() {
    return description.impliedDirectories();
  }

  /** Where the implied directories are named, if there are any. */
  DatastorePath impliedPath() {
    return folder.resolve(LayerDescription.IMPLIED);
  }

  boolean rootImplied() {
    return description.rootImplied();
  }
}
