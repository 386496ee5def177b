package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.ChannelFuture;
import io.vic4j.core.CancelledException;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a connection no faster than it takes the bytes: writes wait while much of what was
 * written before is not on its way yet. For one thread, which must not be one of the connection's.
 * Writes throw {@link IOException} once the connection has ended.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class PacedOutput extends OutputStream {
  /** Where the bytes go. */
  interface Sink {
    /** As {@link ClientStream#send}. */
    ChannelFuture send(byte[] bytes, int offset, int length);
  }

  private static final int PIECE_BYTES = 32 * 1024;
  private static final int MAX_UNDER_WAY_BYTES = 4 * PIECE_BYTES;

  private final Sink sink;
  private int underWay;
  private @Nullable Throwable failure;

  PacedOutput(Sink sink) {
    this.sink = sink;
  }

  @Override
  public void write(int oneByte) throws IOException {
    write(new byte[] {(byte) oneByte}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int count = Math.min(PIECE_BYTES, length - done);
      await(MAX_UNDER_WAY_BYTES - count);
      synchronized (this) {
        underWay += count;
      }
      sink.send(bytes, offset + done, count)
          .addListener(future -> sent(count, future.isSuccess() ? null : future.cause()));
      done += count;
    }
  }

  /** Waits until all that was written is on its way. */
  void awaitSent() throws IOException {
    await(0);
  }

  private synchronized void sent(int count, @Nullable Throwable problem) {
    underWay -= count;
    if (problem != null) {
      failure = problem;
    }
    notifyAll();
  }

  private synchronized void await(int most) throws IOException {
    try {
      while (underWay > most && failure == null) {
        wait();
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "write to a client");
    }
    if (failure != null) {
      throw new IOException("the client is gone", failure);
    }
  }
}
