package io.vic4j.pod.kubernetes.kubelet;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client sends on one stream, on its way to somebody who may be slow. It is held here until
 * it is taken, and whoever brings it is told how much was, so that no more is sent than is wanted.
 * A thread is used only while there is something to pass on. Thread-safe.
 */
final class InboundBytes {
  private static final Logger log = LoggerFactory.getLogger(InboundBytes.class);

  private final Deque<byte[]> waiting = new ArrayDeque<>();
  private final IntConsumer taken;
  private @Nullable OutputStream target;
  private @Nullable Executor executor;
  private @Nullable Thread worker;
  private boolean busy;
  private boolean ended;
  private boolean closesTarget;
  private boolean discards;

  /**
   * A stream that nothing came on yet.
   *
   * @param taken told of bytes that are held no more, on any thread
   */
  InboundBytes(IntConsumer taken) {
    this.taken = taken;
  }

  /** Something came. Never waits. */
  void offer(byte[] bytes) {
    synchronized (this) {
      if (!discards && !ended) {
        if (bytes.length > 0) {
          waiting.add(bytes);
          begin();
        }
        return;
      }
    }
    taken.accept(bytes.length);
  }

  /** Nothing more comes. Never waits. */
  synchronized void end() {
    ended = true;
    begin();
  }

  /**
   * Passes on what came and comes.
   *
   * @param closes whether the target is closed at the end of what comes
   */
  synchronized void passTo(OutputStream receiver, boolean closes, Executor threads) {
    target = receiver;
    closesTarget = closes;
    executor = threads;
    begin();
  }

  /** What came and comes is of no interest; who is passing something on is interrupted. */
  void discard() {
    int lost;
    synchronized (this) {
      Thread current = worker;
      if (current != null && current != Thread.currentThread()) {
        current.interrupt();
      }
      discards = true;
      lost = waiting.stream().mapToInt(bytes -> bytes.length).sum();
      waiting.clear();
    }
    taken.accept(lost);
  }

  private void begin() {
    Executor threads = executor;
    if (busy || threads == null || discards || (waiting.isEmpty() && !ended)) {
      return;
    }
    busy = true;
    try {
      threads.execute(this::pass);
    } catch (RejectedExecutionException e) {
      busy = false;
      discards = true; // The server is being closed, and the connection with it.
    }
  }

  private void pass() {
    OutputStream receiver;
    synchronized (this) {
      worker = Thread.currentThread();
      receiver = target;
    }
    try {
      byte[] next = next();
      while (receiver != null && next != null) {
        receiver.write(next);
        taken.accept(next.length);
        next = next();
      }
    } catch (IOException | RuntimeException e) {
      log.debug("what a client sends is not wanted any more", e);
      synchronized (this) {
        worker = null;
      }
      discard();
    } finally {
      synchronized (this) {
        worker = null;
      }
    }
  }

  /** The next piece; null if there is none now, and the thread is to go. */
  private byte @Nullable [] next() throws IOException {
    boolean over;
    OutputStream receiver;
    byte[] next;
    synchronized (this) {
      next = waiting.poll();
      if (next != null && !discards) {
        return next;
      }
      over = ended && !discards;
      if (!over) {
        busy = false;
      }
      receiver = target;
    }
    if (over && receiver != null) {
      discardSilently();
      if (closesTarget) {
        receiver.close();
      } else {
        receiver.flush();
      }
    }
    return null;
  }

  /** After the end nothing is passed on any more; {@code busy} stays set. */
  private synchronized void discardSilently() {
    discards = true;
  }
}
