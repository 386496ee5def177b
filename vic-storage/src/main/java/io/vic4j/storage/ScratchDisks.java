package io.vic4j.storage;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.vmdk.VmdkDescriptor;
import java.util.UUID;

/**
 * Makes empty disks for machines to write on: scratch disks and volumes. What is not written yet is
 * a hole, so that a new disk takes next to nothing, whatever its capacity.
 *
 * <p>Thread-safe.
 */
public final class ScratchDisks {
  private static final long MIN_BYTES = 16L << 20;
  private static final long MAX_BYTES = 8L << 40;
  private static final long BLOCK_BYTES = 4096;

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
   * @param capacityBytes how large it is, 16 MiB to 8 TiB; rounded up to whole blocks of 4 KiB
   * @param fileSystemUuid also decides whatever is random in an ext4 file system: the same UUID and
   *     capacity make the same bytes
   * @throws io.vic4j.core.AlreadyExistsException if one of the files is there
   * @throws io.vic4j.core.InvalidArgumentException if the capacity is too small or too large
   */
  public ScratchDisk create(
      DatastorePath folder, String name, long capacityBytes, UUID fileSystemUuid) {
    Ext4Options options = optionsOf(capacityBytes, fileSystemUuid);
    DatastorePath path = folder.resolve(name + ".vmdk");
    DatastorePath extentPath = folder.resolve(name + "-flat.vmdk");
    long sizeBytes = options.sizeBytes().orElseThrow();
    if (datastore.stat(path).isPresent()) {
      throw new AlreadyExistsException("disk", path.toString());
    }
    try (DatastoreWriter extent = datastore.create(extentPath);
        Ext4Writer fs = Ext4Writer.create(extent, options)) {
      fs.finish();
      extent.commit();
    }
    try {
      writeDescriptor(path, extentPath, sizeBytes, fileSystemUuid);
    } catch (VicException e) {
      deleteAfter(e, extentPath);
      throw e;
    }
    return new ScratchDisk(path, extentPath, fileSystemUuid, sizeBytes);
  }

  private void writeDescriptor(
      DatastorePath path, DatastorePath extentPath, long sizeBytes, UUID fileSystemUuid) {
    Digest contentId = Digest.sha256("scratch " + fileSystemUuid);
    try (DatastoreWriter descriptor = datastore.create(path)) {
      descriptor.write(0, VmdkDescriptor.flat(extentPath.name(), sizeBytes, contentId).bytes());
      descriptor.commit();
    }
  }

  private void deleteAfter(VicException failure, DatastorePath extentPath) {
    try {
      datastore.delete(extentPath);
    } catch (VicException e) {
      failure.addSuppressed(e);
    }
  }

  private static Ext4Options optionsOf(long capacityBytes, UUID fileSystemUuid) {
    if (capacityBytes < MIN_BYTES || capacityBytes > MAX_BYTES) {
      throw new InvalidArgumentException(
          "a disk of " + capacityBytes + " bytes: want 16 MiB to 8 TiB");
    }
    long sizeBytes = (capacityBytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    return Ext4Options.builder(fileSystemUuid)
        .sizeBytes(sizeBytes)
        .journalBytes(journalBytes(sizeBytes))
        .build();
  }

  /** About as mke2fs has it: 4 MiB on the smallest disks, 128 MiB on large ones. */
  private static long journalBytes(long sizeBytes) {
    long part = Long.highestOneBit(sizeBytes / 64);
    return Math.max(4L << 20, Math.min(128L << 20, part));
  }
}
