package io.vic4j.testkit.demo;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Times the steps of a command. Not thread-safe. */
final class Steps {
  private final LongSupplier nanoTime;
  private final Map<String, Duration> taken = new LinkedHashMap<>();

  Steps(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  <T> T time(String step, Supplier<T> work) {
    long begin = nanoTime.getAsLong();
    T result = work.get();
    taken.put(step, Duration.ofNanos(nanoTime.getAsLong() - begin));
    return result;
  }

  void time(String step, Runnable work) {
    time(
        step,
        () -> {
          work.run();
          return step;
        });
  }

  /** The steps and how long each took, in order. */
  Map<String, Duration> taken() {
    return taken;
  }

  static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.3f s", duration.toNanos() / 1e9);
  }
}
