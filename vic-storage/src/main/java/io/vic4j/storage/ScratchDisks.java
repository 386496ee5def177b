package io.vic4j.storage;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import java.util.UUID;

/**
 * Makes empty disks for machines to write on: scratch disks and volumes. What is not written yet is
 * a hole, so that a new disk takes next to nothing, whatever its capacity.
 *
 * <p>Thread-safe.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ScratchDisks {
  private final Datastore datastore;

  private ScratchDisks(Datastore datastore) {
    this.datastore = datastore;
  }

  /** Makes disks on this datastore. */
  public static ScratchDisks in(Datastore datastore) {
    return new ScratchDisks(datastore);
  }

  /**
   * Writes an empty disk as {@code folder/name.vmdk} and {@code folder/name-flat.vmdk}. The
   * descriptor is written last, so that a disk that has one is whole. One who publishes a folder of
   * several files writes it below {@link io.vic4j.core.datastore.Staging} and moves it.
   *
   * @param name without {@code .vmdk}
   * @param capacityBytes how large it is; rounded up to whole blocks of 4 KiB
   * @param fileSystemUuid also decides whatever is random in an ext4 file system: the same UUID and
   *     capacity make the same bytes
   * @throws io.vic4j.core.AlreadyExistsException if one of the files is there
   * @throws io.vic4j.core.InvalidArgumentException if the capacity is too small or too large
   */
  public ScratchDisk create(
      DatastorePath folder, String name, long capacityBytes, UUID fileSystemUuid) {
    throw new UnsupportedOperationException(datastore.name());
  }
}
