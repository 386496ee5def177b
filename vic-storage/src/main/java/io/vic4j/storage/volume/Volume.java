package io.vic4j.storage.volume;

import io.vic4j.core.datastore.DatastorePath;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A disk that outlives the machines that use it: ext4 with a journal in a VMDK, found by name in a
 * {@link VolumeStore}. One machine at a time may write it, or many may read it.
 *
 * @param name what it is called in its store
 * @param path the VMDK's descriptor: what is attached to a machine
 * @param fileSystemUuid the UUID of its file system, which no other volume has: a guest finds it by
 *     that
 * @param capacityBytes how large a disk the machine sees
 * @param created when it was made
 * @param labels what its users note on it, sorted by key
 * @param anonymous whether nobody gave it its name, so that it goes with the container it was made
 *     for
 */
public record Volume(
    String name,
    DatastorePath path,
    UUID fileSystemUuid,
    long capacityBytes,
    Instant created,
    SortedMap<String, String> labels,
    boolean anonymous) {
  /** Copies the labels. */
  public Volume {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }

  /** Its folder, where nothing else is. */
  DatastorePath folder() {
    return path.parent();
  }
}
