package io.vic4j.core.vm;

import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;

/** A TCP connection to a port of a guest. One thread may read and another one write. */
public interface GuestConnection extends Closeable {
  /** What comes from the guest. */
  InputStream in();

  /** What goes to the guest; closing it is its end. */
  OutputStream out();

  /** Ends it, in both directions. Closing twice is fine. */
  @Override
  void close();
}
