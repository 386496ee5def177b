package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Computes the checksum of a disk's content, while it is written or by reading it. Holes cost
 * nothing, and are the same as zeros. For use by one thread at a time.
 */
final class DiskChecksum {
  /*
   * A disk is cut into stretches of 4 MiB, and those into blocks of 64 KiB. The digest of a stretch
   * is the SHA-256 of its blocks that are not all zero, each with its position on the disk before
   * it as eight bytes, the highest first. The disk's checksum is the SHA-256 of the digests of all
   * stretches that have such a block, in their order.
   *
   * What is written in the order of addresses is digested as it comes. A write that goes back makes
   * its stretches stale: they are read from the disk once it is whole. A disk of ext4 is written in
   * order but for its head, so that is one stretch.
   *
   * Memory: some 100 bytes for each 4 MiB of content.
   */
  private static final int BLOCK = 64 << 10;
  private static final int STRETCH = 4 << 20;
  private static final byte[] ZEROS = new byte[BLOCK];

  private final Map<Integer, byte[]> stretches = new HashMap<>();
  private final BitSet stale = new BitSet();
  private final MessageDigest computation = Digest.Algorithm.SHA256.newMessageDigest();
  private final ByteBuffer position = ByteBuffer.allocate(Long.BYTES);

  /** The block where the next byte goes, which is zero from there on. */
  private final byte[] block = new byte[BLOCK];

  /** Where the next byte goes if nobody goes back or leaves a hole. */
  private long next;

  /** Whether the computation has a block of the stretch that {@link #next} is in. */
  private boolean begun;

  /** Whether bytes were put into {@link #block}. */
  private boolean gathered;

  /**
   * Takes note of bytes that are written.
   *
   * @param source is left as it is
   */
  void written(long at, ByteBuffer source) {
    if (!source.hasRemaining()) {
      return;
    }
    if (at < next) {
      markStale(at, at + source.remaining());
      return;
    }
    skipTo(at);
    ByteBuffer bytes = source.duplicate();
    while (bytes.hasRemaining()) {
      int offset = (int) (next % BLOCK);
      int count = Math.min(bytes.remaining(), BLOCK - offset);
      bytes.get(block, offset, count);
      gathered = true;
      next += count;
      if (next % BLOCK == 0) {
        endBlock(BLOCK, next - BLOCK);
      }
    }
  }

  /** Takes note of a new length of the disk, which may cut off what was written. */
  void cutTo(long sizeBytes) {
    if (sizeBytes < next) {
      markStale(sizeBytes, next);
    }
  }

  private void markStale(long from, long to) {
    if (to > from) {
      stale.set((int) (from / STRETCH), (int) ((to - 1) / STRETCH) + 1);
    }
  }

  private void skipTo(long at) {
    if (at / BLOCK != next / BLOCK) {
      endBlock(BLOCK, next / BLOCK * BLOCK);
      if (at / STRETCH != next / STRETCH) {
        endStretch(next / STRETCH);
      }
    }
    next = at;
  }

  private void endBlock(int length, long at) {
    if (gathered) {
      digest(at, length);
      Arrays.fill(block, (byte) 0);
      gathered = false;
    }
    if ((at + BLOCK) % STRETCH == 0) {
      endStretch(at / STRETCH);
    }
  }

  private void digest(long at, int length) {
    if (!Arrays.equals(block, 0, length, ZEROS, 0, length)) {
      computation.update(position.putLong(0, at).array());
      computation.update(block, 0, length);
      begun = true;
    }
  }

  private void endStretch(long stretch) {
    if (begun) {
      stretches.put((int) stretch, computation.digest());
      begun = false;
    }
  }

  /**
   * The checksum of the disk that was written, once it is whole.
   *
   * @param disk to read what was not written in order
   */
  Digest of(DatastoreReader disk) {
    long size = disk.sizeBytes();
    if (next <= size) {
      endBlock((int) Math.min(BLOCK, size - next / BLOCK * BLOCK), next / BLOCK * BLOCK);
    }
    endStretch(next / STRETCH);
    for (int at = stale.nextSetBit(0); at >= 0; at = stale.nextSetBit(at + 1)) {
      read(disk, at, size, null);
    }
    for (int stretch : new TreeSet<>(stretches.keySet())) {
      computation.update(stretches.getOrDefault(stretch, ZEROS));
    }
    return Digest.of(Digest.Algorithm.SHA256, computation);
  }

  /** Reads a whole disk, and computes its checksum. */
  static Digest read(DatastoreReader disk, ProgressTask progress) {
    DiskChecksum checksum = new DiskChecksum();
    long size = disk.sizeBytes();
    for (long at = 0; at < size; at += STRETCH) {
      checksum.read(disk, (int) (at / STRETCH), size, progress);
    }
    return checksum.of(disk);
  }

  private void read(DatastoreReader disk, int stretch, long size, @Nullable ProgressTask progress) {
    stretches.remove(stretch);
    long begin = (long) stretch * STRETCH;
    long end = Math.min(size, begin + STRETCH);
    for (long at = begin; at < end; at += BLOCK) {
      CancelledException.throwIfInterrupted("checksum of a disk");
      int length = (int) Math.min(BLOCK, end - at);
      disk.read(at, ByteBuffer.wrap(block, 0, length));
      digest(at, length);
      if (progress != null) {
        progress.advance(length);
      }
    }
    endStretch(stretch);
  }
}
