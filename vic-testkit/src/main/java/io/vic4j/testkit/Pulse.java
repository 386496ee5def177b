package io.vic4j.testkit;

import io.vic4j.core.UnavailableException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Beats whenever something has changed, for those who wait, in real time, for something to show.
 * Thread-safe.
 */
final class Pulse {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);
  // Where the hypervisor tells nobody of a change: how long until one looks all the same.
  private static final long LOOK_MILLIS = 20;

  private long beats;

  synchronized void beat() {
    beats++;
    notifyAll();
  }

  private synchronized long beats() {
    return beats;
  }

  /** What can be found; waits while it is unavailable. */
  <T> T found(String what, Supplier<T> look) {
    AtomicReference<@Nullable T> found = new AtomicReference<>();
    await(
        what,
        () -> {
          found.set(look.get());
          return true;
        });
    return Objects.requireNonNull(found.get());
  }

  /**
   * Waits until something shows; while it is unavailable, it does not.
   *
   * @param what what is waited for, for the message
   * @throws IllegalStateException if that takes more than 30 seconds, or the thread is interrupted
   */
  void await(String what, BooleanSupplier shows) {
    long begun = System.nanoTime();
    while (true) {
      long seen = beats(); // Before looking, so that no beat slips through in between.
      if (isShown(shows)) {
        return;
      }
      if (System.nanoTime() - begun > LIMIT_NANOS) {
        throw new IllegalStateException(what + " does not show within 30 seconds");
      }
      awaitBeat(seen, what);
    }
  }

  private static boolean isShown(BooleanSupplier shows) {
    try {
      return shows.getAsBoolean();
    } catch (UnavailableException e) {
      return false;
    }
  }

  private synchronized void awaitBeat(long seen, String what) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
    try {
      while (beats == seen) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: waiting until " + what + " shows", e);
    }
  }
}
