package io.vic4j.image.registry;

import io.vic4j.core.TimeSource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits between attempts: a seam, so that tests need not. Implementations are thread-safe. */
@FunctionalInterface
public interface Sleeper {
  /** Returns after this time, or throws as soon as the thread is interrupted. */
  void sleep(Duration duration) throws InterruptedException;

  /** Waits in real time. */
  static Sleeper system() {
    return duration -> TimeUnit.NANOSECONDS.sleep(duration.toNanos());
  }

  /** Waits in the time of a time source, such as a test's clock. */
  static Sleeper on(TimeSource time) {
    return duration -> {
      CountDownLatch over = new CountDownLatch(1);
      TimeSource.Scheduled alarm = time.schedule(duration, over::countDown);
      try {
        over.await();
      } finally {
        alarm.cancel();
      }
    };
  }
}
