package io.vic4j.storage.ext4;

import io.vic4j.core.CancelledException;
import io.vic4j.storage.ext4.FileMap.Run;
import io.vic4j.storage.ext4.ImageBlocks.JournalCopy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds in the journal of a file system that was not unmounted which blocks have newer versions
 * there.
 *
 * <p>Source: kernel documentation, ext4, "Journal (jbd2)". Numbers are big-endian.
 */
final class JournalReplay {
  /*
   * The log is a ring of blocks. A transaction is descriptors, each followed by the blocks that it
   * lists, blocks that revoke earlier versions, and a commit; all carry the transaction's number.
   * The log ends where the next number is missing, and a transaction without commit never was.
   * A block counts unless the same or a later transaction revokes it, so the log is read to its end
   * before anything is decided.
   */
  static final int MAGIC = 0xC03B3998;

  private static final int DESCRIPTOR = 1;
  private static final int COMMIT = 2;
  private static final int SUPERBLOCK_V1 = 3;
  private static final int SUPERBLOCK_V2 = 4;
  private static final int REVOKE = 5;

  private static final int INCOMPAT_64BIT = 0x2;
  private static final int INCOMPAT_CSUM_V2 = 0x8;
  private static final int INCOMPAT_CSUM_V3 = 0x10;
  private static final int INCOMPAT_FAST_COMMIT = 0x20;
  private static final int KNOWN = 0x1F;

  private static final int TAG_ESCAPED = 1;
  private static final int TAG_SAME_UUID = 2;
  private static final int TAG_LAST = 8;

  private static final int HEADER_BYTES = 12;
  private static final int MAX_LOG_BLOCKS = 1 << 20;

  private final ImageSuperblock superblock;
  private final ImageBlocks blocks;
  private final FileMap map;
  private final Map<Long, JournalCopy> newer = new HashMap<>();
  private final Map<Long, Integer> revoked = new HashMap<>();
  private final List<Logged> committed = new ArrayList<>();
  private int features;
  private int seed;
  private long logBlocks;
  private long first;

  /**
   * A block in a transaction.
   *
   * @param checksum what its descriptor says, where checksums are kept
   */
  private record Logged(int sequence, long block, JournalCopy copy, int checksum) {}

  private JournalReplay(ImageSuperblock superblock, ImageBlocks blocks, FileMap map) {
    this.superblock = superblock;
    this.blocks = blocks;
    this.map = map;
  }

  /** The newer versions of blocks. */
  static Map<Long, JournalCopy> replay(ImageSuperblock superblock, ImageBlocks blocks) {
    long number = superblock.journalInode();
    if (number == 0) {
      throw Damage.unsupported("a journal on another device that is not replayed");
    }
    ImageInode inode = new ImageInodes(superblock, blocks).read(number);
    FileMap map = FileMap.of(inode, blocks, superblock.hasChecksums());
    return new JournalReplay(superblock, blocks, map).run(inode.sizeBytes());
  }

  private Map<Long, JournalCopy> run(long journalBytes) {
    ByteBuffer head = read(0);
    int type = head.getInt(4);
    if (head.getInt(0) != MAGIC || (type != SUPERBLOCK_V1 && type != SUPERBLOCK_V2)) {
      throw Damage.of("its journal has no superblock");
    }
    logBlocks = Integer.toUnsignedLong(head.getInt(0x10));
    first = Integer.toUnsignedLong(head.getInt(0x14));
    long start = Integer.toUnsignedLong(head.getInt(0x1C));
    features = type == SUPERBLOCK_V2 ? head.getInt(0x28) : 0;
    if (start == 0) {
      return newer; // All of it is where it belongs.
    }
    checkFeatures();
    if (head.getInt(0xC) != blocks.blockBytes()
        || logBlocks > journalBytes / blocks.blockBytes()
        || first < 1
        || first >= logBlocks
        || start < first
        || start >= logBlocks) {
      throw Damage.of("the superblock of its journal makes no sense");
    }
    if (hasChecksums()) {
      seed = ImageChecksum.update(~0, head, 0x30, 16);
      if (!isSound(head, ~0, 0xFC, 1024)) {
        throw Damage.of("the superblock of its journal has a wrong checksum");
      }
    }
    scan(start, head.getInt(0x18));
    for (Logged logged : committed) {
      Integer last = revoked.get(logged.block);
      // Numbers go round: what counts is which comes later.
      if (last == null || last - logged.sequence < 0) {
        newer.put(logged.block, logged.copy);
      }
    }
    return newer;
  }

  private void checkFeatures() {
    if ((features & INCOMPAT_FAST_COMMIT) != 0) {
      throw Damage.unsupported("a journal with fast commits that was not replayed");
    }
    if ((features & ~KNOWN) != 0) {
      throw Damage.unsupported("journal features 0x" + Integer.toHexString(features));
    }
    if (logBlocks > MAX_LOG_BLOCKS) {
      throw Damage.unsupported("a journal of " + logBlocks + " blocks");
    }
  }

  private boolean hasChecksums() {
    return (features & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3)) != 0;
  }

  private boolean is64Bit() {
    return (features & INCOMPAT_64BIT) != 0;
  }

  private void scan(long start, int firstSequence) {
    int sequence = firstSequence;
    long at = start;
    long used = 0;
    List<Logged> open = new ArrayList<>();
    Map<Long, Integer> openRevokes = new HashMap<>();
    while (used < logBlocks) {
      CancelledException.throwIfInterrupted("replay of a journal");
      ByteBuffer block = read(at);
      if (block.getInt(0) != MAGIC || block.getInt(8) != sequence) {
        return;
      }
      long blocksOfThis = 1;
      switch (block.getInt(4)) {
        case DESCRIPTOR -> {
          if (hasChecksums() && !hasSoundTail(block)) {
            return; // Torn: it was being written.
          }
          int before = open.size();
          readTags(block, at, sequence, open);
          blocksOfThis += open.size() - before;
        }
        case REVOKE -> {
          if (hasChecksums() && !hasSoundTail(block)) {
            return;
          }
          readRevokes(block, sequence, openRevokes);
        }
        case COMMIT -> {
          if (hasChecksums() && !isSound(block, seed, 0x10, block.capacity())) {
            return;
          }
          open.forEach(this::verifyCopy);
          committed.addAll(open);
          revoked.putAll(openRevokes);
          open.clear();
          openRevokes.clear();
          sequence++;
        }
        default -> {
          return;
        }
      }
      used += blocksOfThis;
      at = advance(at, blocksOfThis);
    }
  }

  /** Reads the list of a descriptor; the blocks follow it in the log. */
  private void readTags(ByteBuffer block, long at, int sequence, List<Logged> open) {
    boolean wide = (features & INCOMPAT_CSUM_V3) != 0;
    int tagBytes = wide ? 16 : (is64Bit() ? 12 : 8) + ((features & INCOMPAT_CSUM_V2) != 0 ? 2 : 0);
    int end = block.capacity() - (hasChecksums() ? 4 : 0);
    int tag = HEADER_BYTES;
    long logged = at;
    int flags = 0;
    while ((flags & TAG_LAST) == 0 && tag + tagBytes <= end) {
      flags = wide ? block.getInt(tag + 4) : block.getShort(tag + 6);
      long number = Integer.toUnsignedLong(block.getInt(tag));
      if (is64Bit()) {
        number |= Integer.toUnsignedLong(block.getInt(tag + 8)) << 32;
      }
      if (number >= superblock.blocks()) {
        throw Damage.of("its journal has a version of block " + number);
      }
      logged = advance(logged, 1);
      boolean escaped = (flags & TAG_ESCAPED) != 0;
      int checksum = wide ? block.getInt(tag + 12) : block.getShort(tag + 4) & 0xffff;
      open.add(new Logged(sequence, number, new JournalCopy(place(logged), escaped), checksum));
      if (open.size() > logBlocks) {
        throw Damage.of("its journal has a transaction that is longer than itself");
      }
      tag += tagBytes + ((flags & TAG_SAME_UUID) != 0 ? 0 : 16);
    }
  }

  private void readRevokes(ByteBuffer block, int sequence, Map<Long, Integer> openRevokes) {
    int end = block.getInt(0xC);
    int size = is64Bit() ? 8 : 4;
    if (end < 16 || end > block.capacity()) {
      throw Damage.of("its journal revokes " + end + " bytes of block numbers");
    }
    for (int entry = 16; entry + size <= end; entry += size) {
      long number = is64Bit() ? block.getLong(entry) : Integer.toUnsignedLong(block.getInt(entry));
      openRevokes.put(number, sequence);
    }
  }

  private void verifyCopy(Logged logged) {
    if (!hasChecksums()) {
      return;
    }
    // Of the block as it is in the log, after the number of its transaction.
    byte[] sequence = ByteBuffer.allocate(4).putInt(logged.sequence).array();
    int checksum = ImageChecksum.update(seed, sequence, 0, 4);
    ByteBuffer content = blocks.read(logged.copy.block());
    checksum = ImageChecksum.update(checksum, content, 0, content.capacity());
    boolean wide = (features & INCOMPAT_CSUM_V3) != 0;
    if (logged.checksum != (wide ? checksum : checksum & 0xffff)) {
      throw Damage.of("its journal has a damaged version of block " + logged.block);
    }
  }

  private boolean hasSoundTail(ByteBuffer block) {
    return isSound(block, seed, block.capacity() - 4, block.capacity());
  }

  /** Whether the checksum at {@code at} is that of the first {@code length} bytes without it. */
  private static boolean isSound(ByteBuffer block, int seed, int at, int length) {
    int checksum = ImageChecksum.update(seed, block, 0, at);
    checksum = ImageChecksum.updateZeros(checksum, 4);
    checksum = ImageChecksum.update(checksum, block, at + 4, length - at - 4);
    return checksum == block.getInt(at);
  }

  private long advance(long at, long count) {
    long next = at + count;
    return next < logBlocks ? next : first + (next - logBlocks) % (logBlocks - first);
  }

  /** Where in the image a block of the log is. */
  private long place(long logBlock) {
    Run run = map.find(logBlock);
    if (run.isHole()) {
      throw Damage.of("its journal has a hole");
    }
    return run.first();
  }

  private ByteBuffer read(long logBlock) {
    return blocks.read(place(logBlock)).order(ByteOrder.BIG_ENDIAN);
  }
}
