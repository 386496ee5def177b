package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * Disks for tests that need something to plug into a VM and nothing to be on it: a raw image of 1
 * MiB with nothing but the few bytes of an ext4 superblock by which a guest knows its file system,
 * or a virtual disk of the same content where the datastore keeps such disks.
 */
public final class BlankDisks {
  private static final int SIZE_BYTES = 1 << 20;
  private static final int WRITTEN_BYTES = 4096;
  // Linux kernel documentation, ext4, "Super Block": at 1,024, with s_magic at 0x38, s_uuid at
  // 0x68.
  private static final int SUPERBLOCK_OFFSET = 1024;

  private BlankDisks() {}

  /** Writes such a disk. */
  public static void write(Datastore datastore, DatastorePath disk, UUID fileSystem) {
    ByteBuffer image = ByteBuffer.allocate(WRITTEN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    image.putShort(SUPERBLOCK_OFFSET + 0x38, (short) 0xEF53);
    image.order(ByteOrder.BIG_ENDIAN);
    image.putLong(SUPERBLOCK_OFFSET + 0x68, fileSystem.getMostSignificantBits());
    image.putLong(SUPERBLOCK_OFFSET + 0x68 + Long.BYTES, fileSystem.getLeastSignificantBits());
    try (DatastoreWriter writer = begin(datastore, disk, fileSystem)) {
      writer.write(0, image);
      writer.setSize(SIZE_BYTES);
      writer.commit();
    }
  }

  private static DatastoreWriter begin(Datastore datastore, DatastorePath disk, UUID fileSystem) {
    Digest contentId = Digest.sha256("blank " + fileSystem);
    return datastore
        .virtualDisks()
        .map(
            disks ->
                disks.create(
                    disk,
                    (content, out) -> StreamOptimizedWriter.copy(content, out, contentId),
                    Progress.NONE))
        .orElseGet(() -> datastore.create(disk));
  }
}
