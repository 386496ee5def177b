package io.vic4j.core;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The system's clock, with a caller's executor to wait on. */
final class SystemTimeSource implements TimeSource {
  private final ScheduledExecutorService executor;

  SystemTimeSource(ScheduledExecutorService executor) {
    this.executor = executor;
  }

  @Override
  public Instant instant() {
    return Instant.now();
  }

  @Override
  public Scheduled schedule(Duration delay, Runnable task) {
    // Converts without overflow: "for ever" may be a delay of more nanoseconds than a long has.
    long nanos = Math.max(0, TimeUnit.NANOSECONDS.convert(delay));
    Future<?> future = executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }
}
