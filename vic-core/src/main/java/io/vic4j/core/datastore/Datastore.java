package io.vic4j.core.datastore;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * Keeps files in folders: the port that a local folder, a vSphere datastore and the memory of a
 * test fill.
 *
 * <p>The port asks for little, so that it can be met by a store that several hosts share and that
 * knows no locks: a file is written once, by one writer, and never changed afterwards; what must
 * appear all at once is written elsewhere and then {@linkplain #move moved}, which is atomic and
 * never overwrites. {@link Staging} does this for its users.
 *
 * <p>All methods throw {@link io.vic4j.core.UnavailableException} if the datastore cannot be
 * reached, {@link io.vic4j.core.OutOfSpaceException} if it is full and {@link
 * io.vic4j.core.CancelledException} if the thread is interrupted. Thread-safe; several datastores,
 * also in other processes, may be open on the same place.
 */
public interface Datastore {
  /** What people call it, for messages. */
  String name();

  /** What is at this place; empty if nothing is. The root is always there. */
  Optional<DatastoreEntry> stat(DatastorePath path);

  /**
   * What is in this folder, sorted by name; nothing if there is no such folder. An entry that comes
   * or goes during the call may be in the answer or not.
   */
  List<DatastoreEntry> list(DatastorePath folder);

  /**
   * The names of what is in this folder, sorted; as {@link #list}, for who wants to know no more of
   * them. Cheaper than that where each entry has to be looked at.
   */
  default List<String> names(DatastorePath folder) {
    return list(folder).stream().map(entry -> entry.path().name()).toList();
  }

  /**
   * Reads a file from its start. The caller closes the stream.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such file
   */
  default InputStream read(DatastorePath file) {
    return open(file).stream();
  }

  /**
   * Reads a file anywhere. The caller closes the reader.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such file
   */
  DatastoreReader open(DatastorePath file);

  /**
   * Begins a new file; missing folders above it are made. The caller closes the writer.
   *
   * @throws io.vic4j.core.AlreadyExistsException if something is at this place, or a file is where
   *     a folder above it should be
   */
  DatastoreWriter create(DatastorePath file);

  /**
   * Makes a folder and those above it; does nothing if it is there.
   *
   * @throws io.vic4j.core.AlreadyExistsException if a file is in the way
   */
  void createFolder(DatastorePath folder);

  /**
   * Moves a file, or a folder with all that is in it, as one step that everybody sees either not at
   * all or whole, and that has happened for good when this returns. Missing folders above {@code
   * to} are made.
   *
   * <p>A folder that moves to where an empty folder is either takes its place or is refused as
   * where there is a full one; which, is up to the datastore. Where it {@linkplain #virtualDisks
   * keeps virtual disks}, they move with their folder, and each with its {@code .vmdk}.
   *
   * @throws io.vic4j.core.NotFoundException if nothing is at {@code from}
   * @throws io.vic4j.core.AlreadyExistsException if something is at {@code to}, or a file is where
   *     a folder above it should be; nothing has changed then. Of several that move to one place at
   *     once, one succeeds.
   */
  void move(DatastorePath from, DatastorePath to);

  /**
   * Deletes a file, or a folder with all that is in it; does nothing if nothing is there. Not
   * atomic for folders: what must vanish at once is moved away first. An interrupted thread may
   * delete, for that is how it rolls back what it has begun; it stays interrupted.
   *
   * <p>Where the datastore {@linkplain #virtualDisks keeps virtual disks}, they go with their
   * folder, and each with its {@code .vmdk}.
   */
  void delete(DatastorePath path);

  /**
   * The disks of a datastore that takes them in whole, instead of the files that make them up.
   * Empty where a disk is nothing but the files that somebody {@linkplain #create writes}. The
   * answer never changes.
   */
  default Optional<VirtualDisks> virtualDisks() {
    return Optional.empty();
  }

  /** How much it holds, as it is now; empty where nobody can say. */
  default Optional<DatastoreSpace> space() {
    return Optional.empty();
  }
}
