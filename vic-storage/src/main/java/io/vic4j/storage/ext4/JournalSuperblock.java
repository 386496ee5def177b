package io.vic4j.storage.ext4;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The first block of an empty journal (kernel documentation, ext4, "Journal (jbd2)", "Super
 * Block"). Big-endian, unlike all else.
 */
final class JournalSuperblock {
  private static final int MAGIC = 0xC03B3998;
  private static final int VERSION_2 = 4;
  private static final int UUID_OFFSET = 0x30;
  private static final int USERS_OFFSET = 0x40;

  private JournalSuperblock() {}

  /** The block for a journal of this many blocks: nothing to replay. */
  static byte[] encode(UUID uuid, long blocks) {
    ByteBuffer block = ByteBuffer.allocate(Layout.BLOCK_BYTES);
    block.putInt(MAGIC).putInt(VERSION_2).putInt(0);
    block.putInt(Layout.BLOCK_BYTES).putInt((int) blocks);
    block.putInt(1); // First block of the log.
    block.putInt(1); // First sequence number to expect.
    block.putInt(0); // Start of the log: it is empty.
    block.position(UUID_OFFSET).put(MetadataChecksum.bytes(uuid));
    block.putInt(USERS_OFFSET, 1);
    return block.array();
  }
}
