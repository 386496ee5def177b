package io.vic4j.pod.kubernetes.kubelet;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The threads of a server on which work waits: as many as its streams need, gone when idle. And how
 * many streams may be open at once. Thread-safe.
 */
final class Workers implements Executor, AutoCloseable {
  /** The right to have a stream open; closing it gives it back, once. */
  static final class Permit implements AutoCloseable {
    private final Semaphore streams;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Permit(Semaphore streams) {
      this.streams = streams;
    }

    @Override
    public void close() {
      if (!closed.getAndSet(true)) {
        streams.release();
      }
    }
  }

  // A stream has one thread for each of what it reads, and one for what it is sent.
  private static final int THREADS_OF_STREAM = 4;
  private static final int THREADS_OF_REQUESTS = 64;
  private static final int IDLE_SECONDS = 30;
  private static final int CLOSE_SECONDS = 10;

  private final int maxStreams;
  private final Semaphore streams;
  private final ThreadPoolExecutor threads;

  Workers(int maxStreams) {
    this.maxStreams = maxStreams;
    this.streams = new Semaphore(maxStreams);
    this.threads =
        new ThreadPoolExecutor(
            0,
            maxStreams * THREADS_OF_STREAM + THREADS_OF_REQUESTS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DefaultThreadFactory("vic-kubelet-worker", true));
  }

  /**
   * The right to have one more stream open.
   *
   * @throws HttpFailure if there are too many
   */
  Permit permit() {
    if (!streams.tryAcquire()) {
      throw HttpFailure.tooMany();
    }
    return new Permit(streams);
  }

  int openStreams() {
    return maxStreams - streams.availablePermits();
  }

  /**
   * Runs a task.
   *
   * @throws java.util.concurrent.RejectedExecutionException if all threads are busy
   */
  Future<?> submit(Runnable task) {
    return threads.submit(task);
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  /** Interrupts all work, and waits a while for it to end. */
  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
