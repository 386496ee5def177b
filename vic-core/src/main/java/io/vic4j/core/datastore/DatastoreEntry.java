package io.vic4j.core.datastore;

import java.time.Instant;

/**
 * What a {@link Datastore} knows of one file or folder.
 *
 * @param path where it is
 * @param kind what it is
 * @param sizeBytes a file's length, holes included; 0 for a folder
 * @param modified when it was last written, by the datastore's clock
 */
public record DatastoreEntry(DatastorePath path, Kind kind, long sizeBytes, Instant modified) {
  /** What an entry is. */
  public enum Kind {
    /** Bytes. */
    FILE,
    /** Holds other entries. */
    FOLDER
  }

  /** Whether this is a folder. */
  public boolean isFolder() {
    return kind == Kind.FOLDER;
  }
}
