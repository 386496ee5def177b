package io.vic4j.storage;

import io.vic4j.core.datastore.DatastoreWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What was written to a disk, to be written to others: for disks with little on them. Filled by one
 * thread; thread-safe from then on.
 */
final class RecordedDisk implements DatastoreWriter {
  private record Piece(long position, ByteBuffer content) {}

  private final List<Piece> pieces = new ArrayList<>();
  private long sizeBytes;

  @Override
  public void write(long position, ByteBuffer source) {
    ByteBuffer content = ByteBuffer.allocate(source.remaining());
    content.put(source).flip();
    pieces.add(new Piece(position, content));
    sizeBytes = Math.max(sizeBytes, position + content.remaining());
  }

  @Override
  public void setSize(long newSizeBytes) {
    if (newSizeBytes < sizeBytes) {
      throw new IllegalArgumentException("a disk does not shrink while it is written");
    }
    sizeBytes = newSizeBytes;
  }

  /** Writes the same to another disk. */
  void copyTo(DatastoreWriter other) {
    for (Piece piece : pieces) {
      other.write(piece.position(), piece.content().duplicate());
    }
    other.setSize(sizeBytes);
  }

  @Override
  public void commit() {
    // Nothing here has to last.
  }

  @Override
  public void close() {
    // Holds nothing but memory.
  }
}
