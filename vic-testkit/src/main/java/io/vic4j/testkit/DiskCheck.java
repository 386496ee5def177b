package io.vic4j.testkit;

import io.vic4j.core.CorruptException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.storage.vmdk.VmdkReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at a disk as a guest's kernel would: is it there, and does it hold the file system that it
 * is said to hold? Keeps in-memory tests honest about their disks.
 *
 * <p>Sources: VMware "Virtual Disk Format 5.0", "The Descriptor File"; Linux kernel documentation,
 * ext4, "Super Block".
 */
final class DiskCheck {
  private static final int DESCRIPTOR_LIMIT_BYTES = 4 * 1024;
  private static final String DESCRIPTOR_START = "# Disk DescriptorFile";
  private static final Pattern FLAT_EXTENT =
      Pattern.compile("(?m)^RW \\d+ (?:FLAT|VMFS) \"([^\"]+)\"");
  // A hosted sparse extent (streamOptimized, monolithicSparse) starts so; its blocks are elsewhere.
  private static final String SPARSE_START = "KDMV";
  private static final int SUPERBLOCK_OFFSET = 1024;
  private static final int MAGIC_OFFSET = 0x38;
  private static final int MAGIC = 0xEF53;
  private static final int UUID_OFFSET = 0x68;

  private DiskCheck() {}

  /**
   * Checks that the files are there that a machine writes to, without which none is powered on;
   * what is in them, is for its guest to say.
   *
   * @throws NotFoundException if one is not there
   */
  static void requireFiles(Datastore datastore, DiskAttachment disk) {
    if (!disk.role().isReadOnly()) {
      try (VmdkReader files = VmdkReader.open(datastore, disk.vmdk())) {
        // They are there.
      } catch (CorruptException | UnsupportedException e) {
        // They are there, too.
      }
    }
  }

  /** What is wrong with the disk; the empty text if nothing is. */
  static String problem(Datastore datastore, DiskAttachment disk) {
    try {
      byte[] start = read(datastore, disk.vmdk(), 0, DESCRIPTOR_LIMIT_BYTES);
      String text = new String(start, StandardCharsets.ISO_8859_1);
      if (text.startsWith(SPARSE_START)) {
        return "";
      }
      DatastorePath extent = disk.vmdk();
      if (text.startsWith(DESCRIPTOR_START)) {
        Matcher matcher = FLAT_EXTENT.matcher(text);
        if (!matcher.find()) {
          return "disk " + disk.vmdk() + " has no flat extent";
        }
        extent = disk.vmdk().parent().resolve(matcher.group(1));
      }
      return superblockProblem(disk, read(datastore, extent, SUPERBLOCK_OFFSET, 1024));
    } catch (NotFoundException e) {
      return "disk " + disk.vmdk() + ": " + e.getMessage();
    }
  }

  private static String superblockProblem(DiskAttachment disk, byte[] bytes) {
    ByteBuffer superblock = ByteBuffer.wrap(bytes);
    if (bytes.length < 1024
        || (superblock.order(ByteOrder.LITTLE_ENDIAN).getShort(MAGIC_OFFSET) & 0xffff) != MAGIC) {
      return "disk " + disk.vmdk() + " holds no ext4 file system";
    }
    superblock.order(ByteOrder.BIG_ENDIAN);
    UUID found =
        new UUID(superblock.getLong(UUID_OFFSET), superblock.getLong(UUID_OFFSET + Long.BYTES));
    return found.equals(disk.fileSystem())
        ? ""
        : "disk " + disk.vmdk() + " holds file system " + found + ", not " + disk.fileSystem();
  }

  private static byte[] read(Datastore datastore, DatastorePath file, long position, int most) {
    try (DatastoreReader reader = datastore.open(file)) {
      long there = Math.max(0, Math.min(most, reader.sizeBytes() - position));
      ByteBuffer target = ByteBuffer.allocate((int) there);
      reader.read(position, target);
      return target.array();
    }
  }
}
