package io.vic4j.core.datastore;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.IdSource;
import io.vic4j.core.VicException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes things appear in a {@link Datastore} all at once: they are written in a folder below {@code
 * tmp/}, and {@linkplain Work#publish moved} into place when they are whole. A crash leaves only
 * such a folder, which {@link #sweep} removes once nothing in it has been written for a while.
 *
 * <p>Thread-safe; each {@link Work} is one thread's.
 */
public final class Staging {
  private static final Logger log = LoggerFactory.getLogger(Staging.class);
  private static final DatastorePath TMP = DatastorePath.parse("tmp");

  private final Datastore datastore;
  private final IdSource ids;

  private Staging(Datastore datastore, IdSource ids) {
    this.datastore = datastore;
    this.ids = ids;
  }

  /** The staging area of this datastore. */
  public static Staging in(Datastore datastore, IdSource ids) {
    return new Staging(datastore, ids);
  }

  /** Begins a piece of work: a new folder to write in, gone when the work is closed. */
  public Work begin() {
    return new Work(TMP.resolve(ids.next().substring(0, 32)));
  }

  /**
   * Publishes one small file.
   *
   * @return whether this call published it; false if the place was taken, by the same content or by
   *     other
   */
  public boolean publishFile(DatastorePath target, byte[] content) {
    try (Work work = begin()) {
      DatastorePath file = work.folder().resolve(target.name());
      work.writeFile(file, content);
      return work.publish(file, target);
    }
  }

  /**
   * Removes what crashed writers left behind, and crashed {@linkplain VirtualDisks#sweep imports}.
   *
   * @param now the time by the datastore's clock
   * @param staleAfter how long nothing must have been written in a folder for it to be stale; must
   *     exceed the longest pause of a live writer
   * @return the folders removed
   */
  public List<DatastorePath> sweep(Instant now, Duration staleAfter) {
    Instant limit = now.minus(staleAfter);
    List<DatastorePath> stale =
        datastore.list(TMP).stream()
            .filter(entry -> !newest(entry).isAfter(limit))
            .map(DatastoreEntry::path)
            .toList();
    stale.forEach(datastore::delete);
    datastore.virtualDisks().ifPresent(disks -> disks.sweep(now, staleAfter));
    return stale;
  }

  private Instant newest(DatastoreEntry entry) {
    Instant newest = entry.modified();
    if (entry.isFolder()) {
      for (DatastoreEntry child : datastore.list(entry.path())) {
        Instant time = newest(child);
        newest = time.isAfter(newest) ? time : newest;
      }
    }
    return newest;
  }

  /** One piece of work under way. Closing it removes what was not published. */
  public final class Work implements AutoCloseable {
    private final DatastorePath folder;

    private Work(DatastorePath folder) {
      this.folder = folder;
    }

    /** The folder to write in. It comes into being with the first file. */
    public DatastorePath folder() {
      return folder;
    }

    /** Writes one small file, whole. */
    public void writeFile(DatastorePath file, byte[] content) {
      try (DatastoreWriter writer = datastore.create(file)) {
        writer.write(0, ByteBuffer.wrap(content));
        writer.commit();
      }
    }

    /**
     * Moves a file or folder of this work to its place.
     *
     * @return whether this call did; false if the place was taken, and nothing has changed then
     */
    public boolean publish(DatastorePath from, DatastorePath to) {
      try {
        datastore.move(from, to);
        return true;
      } catch (AlreadyExistsException e) {
        return false;
      }
    }

    /** Never fails: what it cannot remove, the sweep does. */
    @Override
    public void close() {
      boolean interrupted = Thread.interrupted(); // It must not keep us from tidying up.
      try {
        datastore.delete(folder);
      } catch (VicException e) {
        log.warn("could not remove '{}' in {}; the sweep will", folder, datastore.name(), e);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
