package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.datastore.DatastoreWriter;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Writes a new file of a datastore from its start. Closing it neither commits nor closes the file.
 */
final class DatastoreOutputStream extends OutputStream {
  private final DatastoreWriter writer;
  private long position;

  DatastoreOutputStream(DatastoreWriter writer) {
    this.writer = writer;
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    CancelledException.throwIfInterrupted("writing of a file");
    writer.write(position, ByteBuffer.wrap(bytes, offset, length));
    position += length;
  }
}
