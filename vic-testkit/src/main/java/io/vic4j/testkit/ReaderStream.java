package io.vic4j.testkit;

import io.vic4j.core.datastore.DatastoreReader;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a datastore's file from its start. */
final class ReaderStream extends InputStream {
  private final DatastoreReader reader;
  private long position;

  ReaderStream(DatastoreReader reader) {
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
  public void close() {
    reader.close();
  }
}
