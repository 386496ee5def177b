package io.vic4j.image.registry;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.Staging;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where uploads of blobs have come to, noted on a datastore, so that a push that broke off goes on
 * in another process and on another host, too. To note is a service of the side: where it fails,
 * the push goes on all the same.
 *
 * <p>What is noted is an address that the registry gave, which whoever may push to the repository
 * can use, and in some registries whoever knows it. {@link io.vic4j.image.KeptBlobs#collect}
 * removes notes of which nothing came.
 *
 * <p>Thread-safe. Several, in other processes too, may work on one datastore.
 */
public final class KeptUploads {
  /*
   * partial/uploads/<SHA-256 of registry, repository and digest>/<attempt>/<bytes sent>
   *
   * Each chunk that has come over makes a new note, and the one before it is deleted. Who goes on
   * with an upload takes its notes over by moving their folder, so no two find the same one.
   */
  private static final Logger log = LoggerFactory.getLogger(KeptUploads.class);
  private static final DatastorePath UPLOADS = DatastorePath.parse("partial/uploads");
  private static final int MAX_ADDRESS_BYTES = 64 << 10;

  private final Datastore datastore;
  private final Staging staging;
  private final IdSource ids;

  private KeptUploads(Datastore datastore, IdSource ids) {
    this.datastore = datastore;
    this.staging = Staging.in(datastore, ids);
    this.ids = ids;
  }

  /** The uploads that are noted on this datastore. */
  public static KeptUploads in(Datastore datastore) {
    return new KeptUploads(datastore, IdSource.random());
  }

  /** The notes of one upload, by one attempt. */
  Note note(String registry, String repository, Digest blob) {
    Digest key = Digest.sha256(registry + " " + repository + " " + blob);
    return new Note(UPLOADS.resolve(key.hex()));
  }

  /** Where one blob's upload has come to. For one thread. */
  final class Note {
    private final DatastorePath uploads;
    private final DatastorePath mine;

    private Note(DatastorePath uploads) {
      this.uploads = uploads;
      this.mine = uploads.resolve(ids.next().substring(0, 32));
    }

    /** The address of the upload that another attempt left, which is taken over. */
    Optional<String> takeUp() {
      try {
        for (String attempt : datastore.names(uploads)) {
          if (move(uploads.resolve(attempt))) {
            List<String> notes = datastore.names(mine);
            if (!notes.isEmpty()) {
              return Optional.of(read(mine.resolve(notes.get(notes.size() - 1))));
            }
          }
        }
      } catch (VicException e) {
        skipped(e);
      }
      return Optional.empty();
    }

    private boolean move(DatastorePath attempt) {
      try {
        datastore.move(attempt, mine);
        return true;
      } catch (NotFoundException | AlreadyExistsException e) {
        return false; // Somebody else was quicker.
      }
    }

    private String read(DatastorePath file) {
      try (DatastoreReader reader = datastore.open(file)) {
        ByteBuffer content =
            ByteBuffer.allocate((int) Math.min(reader.sizeBytes(), MAX_ADDRESS_BYTES));
        reader.read(0, content);
        return new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
      }
    }

    /** Notes that the registry has so many bytes, and where it wants the next. */
    void put(long sent, String address) {
      try {
        List<String> before = datastore.names(mine);
        DatastorePath file = mine.resolve("%020d".formatted(sent));
        staging.publishFile(file, address.getBytes(StandardCharsets.UTF_8));
        for (String old : before) {
          if (!old.equals(file.name())) {
            datastore.delete(mine.resolve(old));
          }
        }
      } catch (VicException e) {
        skipped(e);
      }
    }

    /** The upload has ended, or is of no use. */
    void forget() {
      try {
        datastore.delete(mine);
        if (datastore.names(uploads).isEmpty()) {
          datastore.delete(uploads);
        }
      } catch (VicException e) {
        skipped(e);
      }
    }

    private void skipped(VicException e) {
      if (e instanceof CancelledException) {
        throw e;
      }
      log.warn("uploads are not noted in {}", datastore.name(), e);
    }
  }
}
