package io.vic4j.image;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that gives signs of life for others and starts what had to wait; it comes with the first
 * need and ends when this is closed. Thread-safe.
 */
final class Pulse implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Pulse.class);

  /** Claims run out after half a minute, leases after a quarter of an hour. */
  private static final Duration BEAT = Duration.ofSeconds(5);

  private final ScheduledThreadPoolExecutor thread;

  Pulse() {
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, "vic-image-pulse");
              made.setDaemon(true);
              return made;
            });
    thread.setRemoveOnCancelPolicy(true);
  }

  /** Something that is done again and again, until it is closed. */
  interface Beat extends AutoCloseable {
    @Override
    void close();
  }

  /** Calls {@code renewal} every few seconds; what it throws is logged, and it is called again. */
  Beat beat(String what, Runnable renewal) {
    return every(BEAT, what, renewal);
  }

  /** Calls {@code renewal} in this rhythm, the first time after one interval. */
  Beat every(Duration interval, String what, Runnable renewal) {
    Future<?> future =
        thread.scheduleWithFixedDelay(
            () -> guarded(what, renewal),
            interval.toNanos(),
            interval.toNanos(),
            TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  private static void guarded(String what, Runnable renewal) {
    try {
      renewal.run();
    } catch (RuntimeException e) {
      log.warn("{} could not be renewed; it is tried again", what, e);
    }
  }

  /** Runs something short after a while. */
  Future<?> after(Duration delay, Runnable task) {
    return thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
