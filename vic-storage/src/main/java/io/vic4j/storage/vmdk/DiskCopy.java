package io.vic4j.storage.vmdk;

import io.vic4j.core.CancelledException;
import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;

/** Goes through a disk's content from its start, past its holes. */
final class DiskCopy {
  private static final int CHUNK_BYTES = SparseHeader.GRAIN_SECTORS * SparseHeader.SECTOR;

  private DiskCopy() {}

  /** Takes one stretch of the content. */
  interface Target<E extends Exception> {
    void accept(long position, ByteBuffer content) throws E;
  }

  /** Hands out all but zeros, in aligned stretches of up to 64 KiB, in order. */
  static <E extends Exception> void copy(DatastoreReader content, Target<E> target) throws E {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
    long position = nextChunk(content, 0);
    while (position < content.sizeBytes()) {
      CancelledException.throwIfInterrupted("copy of a virtual disk");
      int read = content.read(position, buffer.clear());
      if (!SparseLayout.isZero(buffer.flip())) {
        target.accept(position, buffer);
      }
      position = nextChunk(content, position + read);
    }
  }

  private static long nextChunk(DatastoreReader content, long position) {
    long data = content.nextData(position);
    return data == content.sizeBytes() ? data : data / CHUNK_BYTES * CHUNK_BYTES;
  }
}
