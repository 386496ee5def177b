package io.vic4j.core.link;

import io.vic4j.core.CancelledException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** What comes from the guest on one channel of an exchange. Holds no more than the window. */
final class Inbound extends InputStream {
  private static final int CREDIT_BYTES = Packet.WINDOW_BYTES / 4;

  private final HostLink link;
  private final int exchange;
  private final int channel;

  // All of it is guarded by this.
  private final Deque<ByteBuffer> pieces = new ArrayDeque<>();
  private int heldBytes;
  private int consumedBytes;
  private boolean finished;
  private boolean closed;

  Inbound(HostLink link, int exchange, int channel) {
    this.link = link;
    this.exchange = exchange;
    this.channel = channel;
  }

  /** Takes some bytes; false if they are more than the guest may send. */
  boolean take(ByteBuffer bytes) {
    int count = bytes.remaining();
    int credit = 0;
    synchronized (this) {
      if (heldBytes + consumedBytes + count > Packet.WINDOW_BYTES) {
        return false;
      }
      if (closed) {
        credit = consumed(count);
      } else if (count > 0 && !finished) {
        pieces.add(bytes);
        heldBytes += count;
        notifyAll();
      }
    }
    give(credit);
    return true;
  }

  synchronized void finish() {
    finished = true;
    notifyAll();
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    int count;
    int credit;
    synchronized (this) {
      awaitPiece();
      ByteBuffer piece = pieces.peek();
      if (piece == null) {
        return -1;
      }
      count = Math.min(length, piece.remaining());
      piece.get(bytes, offset, count);
      if (!piece.hasRemaining()) {
        pieces.remove();
      }
      heldBytes -= count;
      credit = consumed(count);
    }
    give(credit);
    return count;
  }

  private void awaitPiece() {
    try {
      while (pieces.isEmpty() && !finished && !closed) {
        wait();
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "reading what comes from a guest");
    }
  }

  /** How much credit is due, with these bytes. */
  private int consumed(int count) {
    consumedBytes += count;
    if (consumedBytes < CREDIT_BYTES || finished) {
      return 0;
    }
    int due = consumedBytes;
    consumedBytes = 0;
    return due;
  }

  private void give(int credit) {
    if (credit > 0) {
      link.trySend(Packet.credit(exchange, channel, credit));
    }
  }

  @Override
  public synchronized int available() {
    return heldBytes;
  }

  @Override
  public void close() {
    int credit;
    synchronized (this) {
      closed = true;
      pieces.clear();
      credit = consumed(heldBytes);
      heldBytes = 0;
      notifyAll();
    }
    give(credit);
  }
}
