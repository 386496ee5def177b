package io.vic4j.storage.ext4;

import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * The blocks of a file system, as they are once its journal has been replayed. The journal's newer
 * versions of blocks are laid over the image, which is not changed.
 */
final class ImageBlocks {
  private final DatastoreReader image;
  private final int blockBytes;
  private final long blocks;
  private final Map<Long, JournalCopy> newer;

  /**
   * The version of a block in the journal.
   *
   * @param block where in the image it is
   * @param escaped whether the journal has put zeros for its first four bytes, because they looked
   *     like the journal's own magic number
   */
  record JournalCopy(long block, boolean escaped) {}

  ImageBlocks(DatastoreReader image, ImageSuperblock superblock, Map<Long, JournalCopy> newer) {
    this.image = image;
    this.blockBytes = superblock.blockBytes();
    this.blocks = superblock.blocks();
    this.newer = newer;
  }

  int blockBytes() {
    return blockBytes;
  }

  /** Whether all these blocks are in the file system, and none is the one that boots. */
  boolean contains(long first, long count) {
    return first > 0 && count >= 0 && first <= blocks && count <= blocks - first;
  }

  /** Reads a block whose number has been checked. */
  ByteBuffer read(long block) {
    ByteBuffer buffer = ByteBuffer.allocate(blockBytes).order(ByteOrder.LITTLE_ENDIAN);
    readInto(block, 0, buffer);
    return buffer.flip();
  }

  /** Reads bytes that may go over several blocks, whose numbers have been checked. */
  void readInto(long block, int offset, ByteBuffer target) {
    if (newer.isEmpty()) {
      fill(block * blockBytes + offset, target);
      return;
    }
    int limit = target.limit();
    long at = block;
    int from = offset;
    while (target.position() < limit) {
      target.limit(Math.min(limit, target.position() + blockBytes - from));
      readOne(at, from, target);
      at++;
      from = 0;
    }
    target.limit(limit);
  }

  private void readOne(long block, int offset, ByteBuffer target) {
    JournalCopy copy = newer.get(block);
    if (copy == null) {
      fill(block * blockBytes + offset, target);
      return;
    }
    int start = target.position();
    fill(copy.block() * blockBytes + offset, target);
    if (copy.escaped()) {
      byte[] magic = ByteBuffer.allocate(4).putInt(JournalReplay.MAGIC).array();
      for (int i = offset; i < 4 && start + i - offset < target.position(); i++) {
        target.put(start + i - offset, magic[i]);
      }
    }
  }

  private void fill(long position, ByteBuffer target) {
    image.read(position, target);
    if (target.hasRemaining()) {
      throw Damage.of("it is truncated at " + position);
    }
  }
}
