package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import io.vic4j.storage.vmdk.VmdkDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;

/**
 * Disks for tests that need something to plug into a VM and nothing to be on it: 1 MiB with nothing
 * but the few bytes of an ext4 superblock by which a guest knows its file system; flat ones, with
 * their extent beside them, unless the datastore keeps virtual disks itself.
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
    Digest contentId = Digest.sha256("blank " + fileSystem);
    Optional<VirtualDisks> disks = datastore.virtualDisks();
    if (disks.isPresent()) {
      fill(
          disks
              .get()
              .create(
                  disk,
                  (content, out) -> StreamOptimizedWriter.copy(content, out, contentId),
                  Progress.NONE),
          image);
      return;
    }
    String extent = disk.name().replaceFirst("\\.vmdk$", "-flat.vmdk");
    fill(datastore.create(disk.parent().resolve(extent)), image);
    try (DatastoreWriter writer = datastore.create(disk)) {
      writer.write(0, VmdkDescriptor.flat(extent, SIZE_BYTES, contentId).bytes());
      writer.commit();
    }
  }

  private static void fill(DatastoreWriter disk, ByteBuffer start) {
    try (disk) {
      disk.write(0, start);
      disk.setSize(SIZE_BYTES);
      disk.commit();
    }
  }
}
