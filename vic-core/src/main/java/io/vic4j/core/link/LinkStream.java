package io.vic4j.core.link;

import java.io.Closeable;
import java.io.IOException;

/**
 * A connection to the tether of a guest: bytes in both directions. What comes from the guest is
 * given to the {@link Receiver} that it was opened with. Thread-safe.
 */
public interface LinkStream extends Closeable {
  /** Who gets what comes from a guest. Its methods are called by one thread at a time, in order. */
  interface Receiver {
    /** Some bytes, which may change after the call. */
    void received(byte[] bytes, int count);

    /** The connection has ended, as with its VM. */
    void ended();
  }

  /**
   * Writes all of these bytes, and nothing of others between them; waits while the guest takes
   * none.
   */
  void write(byte[] bytes) throws IOException;

  /** Ends it; its receiver is told. Closing twice is fine. */
  @Override
  void close() throws IOException;
}
