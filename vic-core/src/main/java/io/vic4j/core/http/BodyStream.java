package io.vic4j.core.http;

import io.vic4j.core.CancelledException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, read as it comes.
 *
 * <p>The JDK's own stream has no time limit once the answer has begun, which is why this one is
 * here. The connection's thread puts what it read into a queue; the reader takes it from there, and
 * waits at most the stall timeout for more. At most {@value #AHEAD} pieces, of up to 48 KiB each as
 * the JDK reads them, are asked for ahead of the reader: more would not be faster. Nothing is
 * copied but once, into the reader's buffer.
 *
 * <p>One thread reads; any thread may close, which gives up the connection and ends a waiting read.
 */
public final class BodyStream extends InputStream implements BodySubscriber<BodyStream> {
  private static final int AHEAD = 16;

  /** Asking for more wakes another thread, so it is done for several pieces at once. */
  private static final int BATCH = AHEAD / 2;

  private static final List<ByteBuffer> END = List.of();

  private final Duration stallTimeout;
  private final Runnable whenClosed;
  private final LinkedBlockingQueue<List<ByteBuffer>> queue = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private volatile @Nullable Throwable failure;
  private volatile boolean completed;
  private volatile boolean closed;

  // The reader's own.
  private List<ByteBuffer> piece = END;
  private int index;
  private int taken;
  private boolean ended;

  /**
   * A body to come.
   *
   * @param whenClosed run when this is closed; must not block
   */
  public BodyStream(Duration stallTimeout, Runnable whenClosed) {
    this.stallTimeout = stallTimeout;
    this.whenClosed = whenClosed;
  }

  @Override
  public CompletionStage<BodyStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    if (!subscription.complete(newSubscription) || closed) {
      newSubscription.cancel();
    } else {
      newSubscription.request(AHEAD);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    if (buffers.isEmpty()) {
      subscription.join().request(1);
    } else {
      queue.add(buffers);
    }
  }

  @Override
  public void onError(Throwable throwable) {
    failure = throwable;
    completed = true;
    queue.add(END);
  }

  @Override
  public void onComplete() {
    completed = true;
    queue.add(END);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    int read = 0;
    while (read < length) {
      ByteBuffer source = current(read == 0);
      if (source == null) {
        return read == 0 ? -1 : read;
      }
      int count = Math.min(length - read, source.remaining());
      source.get(buffer, offset + read, count);
      read += count;
    }
    return read;
  }

  /** The buffer to read from; null at the end or, unless {@code wait}, if there is none yet. */
  private @Nullable ByteBuffer current(boolean wait) throws IOException {
    for (; ; ) {
      while (index < piece.size()) {
        ByteBuffer buffer = piece.get(index);
        if (buffer.hasRemaining()) {
          return buffer;
        }
        index++;
      }
      List<ByteBuffer> next = ended ? END : wait ? take() : queue.poll();
      if (closed) {
        throw new CancelledException("cancelled: the answer was closed while it was read");
      }
      if (next == null) {
        return null;
      }
      if (next.isEmpty()) {
        if (!wait && failure != null) {
          queue.add(END); // First deliver what came; the next read tells.
          return null;
        }
        ended = true;
        if (failure != null) {
          throw new IOException(failure.getMessage(), failure);
        }
        return null;
      }
      piece = next;
      index = 0;
      if (++taken == BATCH) {
        taken = 0;
        subscription.join().request(BATCH);
      }
    }
  }

  private List<ByteBuffer> take() throws IOException {
    try {
      List<ByteBuffer> next = queue.poll(stallTimeout.toNanos(), TimeUnit.NANOSECONDS);
      if (next == null) {
        close();
        throw new IOException("nothing came for " + stallTimeout.toMillis() + " ms");
      }
      return next;
    } catch (InterruptedException e) {
      close();
      throw CancelledException.from(e, "read of an answer");
    }
  }

  /** Gives up the connection, unless the body has come in full. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!completed && !subscription.complete(NONE)) {
      subscription.join().cancel();
    }
    queue.add(END);
    whenClosed.run();
  }

  private static final Flow.Subscription NONE =
      new Flow.Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
      };
}
