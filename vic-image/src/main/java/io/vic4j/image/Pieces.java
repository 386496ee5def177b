package io.vic4j.image;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import java.util.ArrayList;
import java.util.List;

/**
 * The pieces of a blob in a folder, from the first byte on as far as none is missing.
 *
 * @param files one after another
 * @param sizeBytes of all together
 */
record Pieces(List<DatastorePath> files, long sizeBytes) {
  Pieces {
    files = List.copyOf(files);
  }

  static Pieces in(Datastore datastore, DatastorePath folder) {
    List<DatastorePath> files = new ArrayList<>();
    long size = 0;
    for (DatastoreEntry entry : datastore.list(folder)) {
      if (entry.path().name().equals(name(size))) {
        files.add(entry.path());
        size += entry.sizeBytes();
      }
    }
    return new Pieces(files, size);
  }

  /** The name of the piece that begins here; names sort as the pieces do. */
  static String name(long start) {
    return "%020d".formatted(start);
  }

  /** Whether there are any; a blob without a byte has one. */
  boolean exist() {
    return !files.isEmpty();
  }
}
