package io.vic4j.core.datastore;

import java.io.Closeable;
import java.nio.ByteBuffer;

/**
 * Writes one new file, in any order. What was never written is a hole: it reads as zeros and takes
 * no space where the datastore can help it.
 *
 * <p>{@link #commit} makes the file stay; closing without it deletes the file. For use by one
 * thread at a time; closing twice is fine.
 */
public interface DatastoreWriter extends Closeable {
  /** Writes all of {@code source} at {@code position}, which may lie past the end so far. */
  void write(long position, ByteBuffer source);

  /** Sets the file's length: a longer file grows by a hole, a shorter one loses its end. */
  void setSize(long sizeBytes);

  /** Makes what was written durable, and the file one that stays. Nothing is written after. */
  void commit();

  /** Ends writing; without {@link #commit} the file is deleted. */
  @Override
  void close();
}
