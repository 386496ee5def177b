package io.vic4j.image;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import java.util.List;
import java.util.Optional;

/**
 * Where damaged entries are put, for people to look at: {@code quarantine/<escaped place>@<id>}.
 * Nothing in it is used, and nothing of it is deleted but by hand. Thread-safe.
 */
final class Quarantine {
  private static final DatastorePath FOLDER = DatastorePath.parse("quarantine");

  private final Datastore datastore;
  private final IdSource ids;

  Quarantine(Datastore datastore, IdSource ids) {
    this.datastore = datastore;
    this.ids = ids;
  }

  /** Puts a file or folder away in one step; empty if it is gone already. */
  Optional<DatastorePath> put(DatastorePath place) {
    String name = FileNames.escape(place.toString());
    DatastorePath target = FOLDER.resolve(name + "@" + ids.next().substring(0, 8));
    try {
      datastore.move(place, target);
      return Optional.of(target);
    } catch (NotFoundException | AlreadyExistsException e) {
      return Optional.empty();
    }
  }

  /** What is in it, sorted. */
  List<DatastorePath> list() {
    return datastore.list(FOLDER).stream().map(DatastoreEntry::path).toList();
  }
}
