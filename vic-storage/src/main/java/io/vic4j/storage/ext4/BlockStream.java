package io.vic4j.storage.ext4;

import io.vic4j.core.CancelledException;
import io.vic4j.core.datastore.DatastoreWriter;
import java.nio.ByteBuffer;

/**
 * Bytes on their way to the disk, gathered in one buffer. They are written in the order of their
 * addresses as long as nobody {@linkplain #seek seeks}.
 */
final class BlockStream {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int CANCELLATION_STEP = 128 << 10;
  private static final byte[] ZEROS = new byte[Layout.BLOCK_BYTES];

  private final DatastoreWriter out;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private long base;

  BlockStream(DatastoreWriter out) {
    this.out = out;
  }

  /** Where the next byte goes. */
  long address() {
    return base + buffer.position();
  }

  /** Goes on at the start of a block; what is left out stays a hole. */
  void seek(long block) {
    long address = block << Layout.BLOCK_SHIFT;
    if (address != address()) {
      flush();
      base = address;
    }
  }

  void put(byte[] source, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      CancelledException.throwIfInterrupted("writing of an ext4 file system");
      int count = Math.min(end - at, Math.min(CANCELLATION_STEP, buffer.remaining()));
      buffer.put(source, at, count);
      at += count;
      if (!buffer.hasRemaining()) {
        flush();
      }
    }
  }

  /** Writes a few zeros, fewer than a block has bytes. */
  void putZeros(int length) {
    put(ZEROS, 0, length);
  }

  /** Writes zeros up to the start of the next block, none if the address is one. */
  void pad() {
    int past = (int) (address() & (Layout.BLOCK_BYTES - 1));
    if (past != 0) {
      putZeros(Layout.BLOCK_BYTES - past);
    }
  }

  /** Writes what is gathered. */
  void flush() {
    long next = address();
    buffer.flip();
    if (buffer.hasRemaining()) {
      out.write(base, buffer);
    }
    buffer.clear();
    base = next;
  }
}
