package io.vic4j.pod;

import io.vic4j.core.TimeSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** What a host has made for itself, and closes: the last first, all of it, whatever else fails. */
final class Owned implements AutoCloseable {
  private interface Closing {
    void close() throws Exception;
  }

  private final Deque<Closing> parts = new ArrayDeque<>();

  /** Takes a part over. */
  synchronized <T extends AutoCloseable> T add(T part) {
    parts.push(part::close);
    return part;
  }

  /** The system's time, with one thread that begins when it is needed. */
  TimeSource time() {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, factory("vic-timer"));
    timer.setRemoveOnCancelPolicy(true);
    push(timer::shutdownNow);
    return TimeSource.system(timer);
  }

  /** As many threads as there is work, which end when there is none. */
  ExecutorService threads() {
    ExecutorService threads = Executors.newCachedThreadPool(factory("vic-pull"));
    push(threads::shutdownNow);
    return threads;
  }

  private synchronized void push(Closing part) {
    parts.push(part);
  }

  private static ThreadFactory factory(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public synchronized void close() {
    RuntimeException failure = null;
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        RuntimeException unchecked =
            e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
        if (failure == null) {
          failure = unchecked;
        } else {
          failure.addSuppressed(unchecked);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
