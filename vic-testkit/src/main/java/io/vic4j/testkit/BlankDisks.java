package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * Disks for tests that need something to plug into a VM and nothing to be on it: a raw image of 64
 * KiB with nothing but the few bytes of an ext4 superblock by which a guest knows its file system.
 */
public final class BlankDisks {
  private static final int SIZE_BYTES = 64 * 1024;
  // Linux kernel documentation, ext4, "Super Block": at 1,024, with s_magic at 0x38, s_uuid at
  // 0x68.
  private static final int SUPERBLOCK_OFFSET = 1024;

  private BlankDisks() {}

  /** Writes such a disk. */
  public static void write(Datastore datastore, DatastorePath disk, UUID fileSystem) {
    ByteBuffer image = ByteBuffer.allocate(SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    image.putShort(SUPERBLOCK_OFFSET + 0x38, (short) 0xEF53);
    image.order(ByteOrder.BIG_ENDIAN);
    image.putLong(SUPERBLOCK_OFFSET + 0x68, fileSystem.getMostSignificantBits());
    image.putLong(SUPERBLOCK_OFFSET + 0x68 + Long.BYTES, fileSystem.getLeastSignificantBits());
    try (DatastoreWriter writer = datastore.create(disk)) {
      writer.write(0, image);
      writer.commit();
    }
  }
}
