package io.vic4j.storage.vmdk;

import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;

/** A stretch of a raw file; closes the file when closed. */
final class FlatContent implements DatastoreReader {
  private final DatastoreReader file;
  private final long offset;
  private final long sizeBytes;

  FlatContent(DatastoreReader file, long offset, long sizeBytes) {
    this.file = file;
    this.offset = offset;
    this.sizeBytes = sizeBytes;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public long nextData(long position) {
    return position >= sizeBytes
        ? sizeBytes
        : Math.min(sizeBytes, file.nextData(offset + position) - offset);
  }

  @Override
  public int read(long position, ByteBuffer target) {
    long left = sizeBytes - position;
    if (left <= 0) {
      return 0;
    }
    int limit = target.limit();
    target.limit((int) Math.min(limit, target.position() + left));
    try {
      return file.read(offset + position, target);
    } finally {
      target.limit(limit);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
