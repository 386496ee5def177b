package io.vic4j.image.registry;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that a client has of its own: as many as there is work for, gone soon after. */
final class ClientThreads {
  private ClientThreads() {}

  /** So many threads, for one piece of work; what there is more to do waits for them. */
  static ExecutorService named(String name, int threads) {
    return Executors.newFixedThreadPool(threads, factory(name));
  }

  private static ThreadFactory factory(String name) {
    AtomicInteger count = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  static ExecutorService named(String name) {
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        10,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        factory(name),
        // Only a closed client has no thread; nobody waits for what it leaves undone.
        new ThreadPoolExecutor.DiscardPolicy());
  }
}
