package io.vic4j.testkit.kubernetes;

import io.vic4j.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A virtual clock that goes with the system's, for hosts in memory that others measure, too. */
final class RealTime implements AutoCloseable {
  private static final int TICK_MILLIS = 20;

  final VirtualClock clock = VirtualClock.manual();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  RealTime() {
    tick();
    var unused =
        timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    Duration behind = Duration.between(clock.instant(), Instant.now());
    if (!behind.isNegative()) {
      clock.advance(behind);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
