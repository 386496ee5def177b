package io.vic4j.pod.kubernetes.node;

import io.vic4j.core.TimeSource;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does one thing at intervals, on a thread of its own, sooner after a failure. */
final class Periodic implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Periodic.class);

  private final String name;
  private final TimeSource time;
  private final Duration interval;
  private final Backoff backoff;
  private final Runnable work;
  private final ExecutorService executor;
  private int failures; // Of the executor's thread only.
  private TimeSource.@Nullable Scheduled next;
  private boolean closed;

  /**
   * Not begun yet.
   *
   * @param name what it does, for people
   * @param backoff when to try again after failures; no later than the interval
   */
  Periodic(String name, TimeSource time, Duration interval, Backoff backoff, Runnable work) {
    this.name = name;
    this.time = time;
    this.interval = interval;
    this.backoff = backoff;
    this.work = work;
    this.executor = OwnThreads.single("vic-node-" + name.replace(' ', '-'));
  }

  /** Does it now, and from now on. */
  synchronized void start() {
    submit();
  }

  private synchronized void submit() {
    if (closed) {
      return;
    }
    try {
      executor.execute(this::run);
    } catch (RejectedExecutionException e) {
      log.debug("the {} ends", name, e);
    }
  }

  private void run() {
    Duration wait = interval;
    try {
      work.run();
      failures = 0;
    } catch (RuntimeException e) {
      failures++;
      wait = backoff.after(failures);
      Duration asked = ApiErrors.retryAfter(e);
      wait = asked.compareTo(wait) > 0 ? asked : wait;
      wait = wait.compareTo(interval) > 0 ? interval : wait;
      if (!isClosed()) {
        log.warn("the {} is tried again in {}: {}", name, wait, e.toString());
        log.debug("the {}", name, e);
      }
    }
    synchronized (this) {
      if (!closed) {
        next = time.schedule(wait, this::submit);
      }
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (next != null) {
        next.cancel();
      }
    }
    OwnThreads.end(executor);
  }
}
