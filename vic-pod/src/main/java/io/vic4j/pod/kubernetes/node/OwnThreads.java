package io.vic4j.pod.kubernetes.node;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads of a node; daemons, so that a program that forgets to close it can end. */
final class OwnThreads {
  private static final int CLOSE_SECONDS = 30;
  private static final int IDLE_SECONDS = 10;
  private static final int SOON_SECONDS = 3;

  private OwnThreads() {}

  static ThreadFactory named(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** One thread. */
  static ExecutorService single(String name) {
    return Executors.newSingleThreadExecutor(named(name));
  }

  /** Up to so many threads, which end when there is nothing to do; more work waits. */
  static ThreadPoolExecutor upTo(int threads, String name) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            named(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  static ScheduledThreadPoolExecutor timer(String name) {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named(name));
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /**
   * Lets what is under way come to its end for a few seconds, then interrupts it; what has not
   * begun never does.
   */
  static void endSoon(ThreadPoolExecutor threads) {
    threads.getQueue().clear();
    threads.shutdown();
    try {
      if (threads.awaitTermination(SOON_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    end(threads);
  }

  /** Interrupts what is under way, and waits for its end. */
  static void end(ExecutorService threads) {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a thread of the node does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
