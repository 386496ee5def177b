package io.vic4j.core.datastore;

import java.io.Closeable;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads one file anywhere. Thread-safe, closing aside; closing twice is fine. */
public interface DatastoreReader extends Closeable {
  /** The file's length, holes included. */
  long sizeBytes();

  /**
   * Reads into {@code target} until it is full or the file ends; holes read as zeros.
   *
   * @param position where in the file to begin, 0 or more
   * @return bytes read: fewer than there was room for only at the file's end, 0 past it
   */
  int read(long position, ByteBuffer target);

  /**
   * The first place at or after {@code position} that may hold data; {@link #sizeBytes} if only
   * holes follow. What lies between reads as zeros. Not everybody knows the holes: by default,
   * there may be data anywhere.
   *
   * @param position 0 or more
   */
  default long nextData(long position) {
    return Math.min(position, sizeBytes());
  }

  /** The file from its start, as a stream. Closing the stream closes this reader. */
  default InputStream stream() {
    return new DatastoreInputStream(this);
  }

  @Override
  void close();
}
