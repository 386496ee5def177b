package io.vic4j.storage.ext4;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The checksums of the "metadata_csum" feature (kernel documentation, ext4, "Checksums"): CRC-32C
 * without the final inversion. Nearly all begin with the file system's UUID; those of what belongs
 * to an inode go on with its number and its generation, which is always 0 here.
 */
final class MetadataChecksum {
  private static final int UUID_BYTES = 16;

  private final CRC32C crc = new CRC32C();
  private final byte[] prefix = new byte[UUID_BYTES + 8];

  MetadataChecksum(UUID uuid) {
    System.arraycopy(bytes(uuid), 0, prefix, 0, UUID_BYTES);
  }

  /** A UUID as it stands on the disk. */
  static byte[] bytes(UUID uuid) {
    return ByteBuffer.allocate(UUID_BYTES)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }

  /** The checksum of the superblock, the only one without the UUID in front. */
  int ofSuperblock(byte[] superblock) {
    crc.reset();
    crc.update(superblock, 0, Layout.Superblock.CHECKSUM);
    return ~(int) crc.getValue();
  }

  /** The checksum of a bitmap. */
  int ofBitmap(byte[] bitmap, int length) {
    crc.reset();
    crc.update(prefix, 0, UUID_BYTES);
    crc.update(bitmap, 0, length);
    return ~(int) crc.getValue();
  }

  /** The checksum of a group's descriptor, whose checksum field is 0; 16 bits count. */
  int ofDescriptor(int group, byte[] table, int offset) {
    LittleEndian.putInt(prefix, UUID_BYTES, group);
    crc.reset();
    crc.update(prefix, 0, UUID_BYTES + 4);
    crc.update(table, offset, Layout.Group.BYTES);
    return ~(int) crc.getValue();
  }

  /** The checksum of a block of extended attributes, whose checksum field is 0. */
  int ofXattrBlock(long block, byte[] content) {
    LittleEndian.putInt(prefix, UUID_BYTES, (int) block);
    LittleEndian.putInt(prefix, UUID_BYTES + 4, (int) (block >>> 32));
    crc.reset();
    crc.update(prefix, 0, UUID_BYTES + 8);
    crc.update(content, 0, Layout.BLOCK_BYTES);
    return ~(int) crc.getValue();
  }

  /** The checksum of something that belongs to an inode. */
  int ofInodePart(int inode, byte[] content, int offset, int length) {
    LittleEndian.putInt(prefix, UUID_BYTES, inode);
    LittleEndian.putInt(prefix, UUID_BYTES + 4, 0);
    crc.reset();
    crc.update(prefix, 0, UUID_BYTES + 8);
    crc.update(content, offset, length);
    return ~(int) crc.getValue();
  }

  /**
   * The checksum of an index block of a directory: its entries in use, then the first word of the
   * tail, then a zero in place of the second.
   */
  int ofIndexBlock(int inode, byte[] content, int length, int tailOffset) {
    ofInodePart(inode, content, 0, length);
    crc.update(content, tailOffset, 4);
    for (int i = 0; i < 4; i++) {
      crc.update(0);
    }
    return ~(int) crc.getValue();
  }
}
