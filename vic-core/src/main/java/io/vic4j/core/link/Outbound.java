package io.vic4j.core.link;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import java.io.OutputStream;
import java.util.Objects;

/** What goes to the guest on one channel of an exchange. */
final class Outbound extends OutputStream {
  private final HostLink link;
  private final int exchange;
  private final int channel;

  // Guarded by this.
  private long credit = Packet.WINDOW_BYTES;
  private boolean finished;
  private boolean closed;

  Outbound(HostLink link, int exchange, int channel) {
    this.link = link;
    this.exchange = exchange;
    this.channel = channel;
  }

  synchronized void credit(int bytes) {
    credit += Math.max(bytes, 0);
    notifyAll();
  }

  /** Nobody takes anything any more. */
  synchronized void finish() {
    finished = true;
    notifyAll();
  }

  @Override
  public void write(int oneByte) {
    write(new byte[] {(byte) oneByte}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    int done = 0;
    while (done < length) {
      int count = awaitCredit(Math.min(length - done, Packet.MAX_DATA_BYTES));
      link.send(Packet.data(exchange, channel, bytes, offset + done, count));
      done += count;
    }
  }

  private synchronized int awaitCredit(int wanted) {
    try {
      while (credit == 0 && !finished && !closed) {
        wait();
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "writing to a guest");
    }
    if (closed) {
      throw new IllegalStateException("this stream is closed");
    }
    if (finished) {
      throw new ConflictException("the guest takes no more input: what reads it has ended");
    }
    int count = (int) Math.min(wanted, credit);
    credit -= count;
    return count;
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      notifyAll();
      if (finished) {
        return;
      }
    }
    link.trySend(Packet.eof(exchange, channel));
  }
}
