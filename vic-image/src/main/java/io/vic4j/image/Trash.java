package io.vic4j.image;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;

/**
 * Where folders are that seem unneeded, until that is certain: {@code trash/<escaped place>}. Each
 * step is one atomic move, so what is here is whole, and of several who want the same folder one
 * gets it. See {@link Collector}. Thread-safe.
 */
final class Trash {
  private static final DatastorePath TRASH = DatastorePath.parse("trash");

  private final Datastore datastore;
  private final Staging staging;

  Trash(Datastore datastore, Staging staging) {
    this.datastore = datastore;
    this.staging = staging;
  }

  /** Where the folder of this place is while it is in the trash. */
  static DatastorePath of(DatastorePath place) {
    return TRASH.resolve(FileNames.escape(place.toString()));
  }

  /** Puts a folder in; false if somebody else did. */
  boolean put(DatastorePath place) {
    return move(place, of(place));
  }

  /** Puts a folder back, if it is here and nothing has taken its place. */
  void restore(DatastorePath place) {
    try {
      datastore.move(of(place), place);
    } catch (AlreadyExistsException e) {
      delete(place); // Somebody made it anew: the same content.
    } catch (NotFoundException e) {
      // Somebody else was quicker.
    }
  }

  /** Puts everything back. */
  void restoreAll() {
    for (DatastoreEntry entry : datastore.list(TRASH)) {
      restore(DatastorePath.parse(entry.path().name().replace('+', '/')));
    }
  }

  /** Deletes a folder that is here; false if it is not. */
  boolean delete(DatastorePath place) {
    try (Staging.Work work = staging.begin()) {
      return move(of(place), work.folder().resolve("removed"));
    }
  }

  private boolean move(DatastorePath from, DatastorePath to) {
    try {
      datastore.move(from, to);
      return true;
    } catch (NotFoundException | AlreadyExistsException e) {
      return false;
    }
  }
}
