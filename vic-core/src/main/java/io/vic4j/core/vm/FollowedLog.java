package io.vic4j.core.vm;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/**
 * A log that is read as it grows: at the end of what there is, reads wait. They end when the VM is
 * off, or after {@link #finish}, and all is read. For one reader; the other methods may be called
 * by any thread.
 */
public final class FollowedLog extends InputStream {
  /** A log, as a hypervisor has it. */
  public interface Source {
    /** As {@link Hypervisor#openLog}. */
    InputStream open(long from);

    /**
     * Waits until the log may hold more, its VM is off, or nobody cares any more.
     *
     * @param bytes how much of it was read
     * @param over whether nobody cares; to be asked again after {@link #wake}
     * @return whether more may come after this call
     * @throws io.vic4j.core.CancelledException if the thread is interrupted
     */
    boolean awaitMore(long bytes, BooleanSupplier over);

    /** Lets those who wait ask again. */
    void wake();
  }

  private final Source source;
  private InputStream current;
  private long position;
  private boolean last;
  private volatile boolean finished;
  private volatile boolean closed;

  /** Follows a log, from this many bytes on. */
  public FollowedLog(Source source, long from) {
    this.source = source;
    this.position = from;
    this.current = source.open(from);
  }

  /** Nothing more will come: reads end once they have what is there. */
  public void finish() {
    finished = true;
    source.wake();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!closed) {
      int count = current.read(bytes, offset, length);
      if (count > 0) {
        position += count;
        return count;
      }
      if (last) {
        return -1;
      }
      // What was put out before the end is there once one knows that this is the end.
      boolean wasFinished = finished;
      boolean more = source.awaitMore(position, () -> finished || closed);
      last = wasFinished || !more;
      current.close();
      current = source.open(position);
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    source.wake();
    current.close();
  }
}
