package io.vic4j.core.datastore;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a {@link DatastoreReader} from its start, and closes it when closed. */
final class DatastoreInputStream extends InputStream {
  private final DatastoreReader reader;
  private long position;

  DatastoreInputStream(DatastoreReader reader) {
    this.reader = reader;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    int read = reader.read(position, ByteBuffer.wrap(buffer, offset, length));
    position += read;
    return read == 0 ? -1 : read;
  }

  @Override
  public long skip(long count) {
    long skipped = Math.max(0, Math.min(count, reader.sizeBytes() - position));
    position += skipped;
    return skipped;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, reader.sizeBytes() - position);
  }

  @Override
  public void close() {
    reader.close();
  }
}
