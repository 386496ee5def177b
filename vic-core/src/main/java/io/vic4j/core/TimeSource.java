package io.vic4j.core;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Where the library takes time from, and how it waits: a seam, so that a test's clock can run as
 * fast as the test likes.
 *
 * <p>Implementations are thread-safe.
 */
public interface TimeSource extends InstantSource {
  /** A piece of work that waits for its time. */
  interface Scheduled {
    /** Takes it back, if it has not begun. Cancelling twice, or too late, does nothing. */
    void cancel();
  }

  /** The time now. */
  @Override
  Instant instant();

  /**
   * Runs {@code task} once, {@code delay} from now, on a thread of this time source. The task must
   * be short and must not block.
   */
  Scheduled schedule(Duration delay, Runnable task);

  /**
   * Waits for an event, at most {@code timeout} by this clock.
   *
   * @param event done, in whatever way, when what is waited for has happened
   * @return whether it has
   * @throws InterruptedException if the thread is interrupted
   */
  default boolean await(CompletableFuture<?> event, Duration timeout) throws InterruptedException {
    CompletableFuture<Boolean> timeUp = new CompletableFuture<>();
    Scheduled timer = schedule(timeout, () -> timeUp.complete(false));
    try {
      return event.handle((value, failure) -> true).applyToEither(timeUp, it -> it).get()
          || event.isDone();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a wait cannot fail", e);
    } finally {
      timer.cancel();
    }
  }

  /** The system's clock; tasks run on {@code executor}, which stays the caller's to close. */
  static TimeSource system(ScheduledExecutorService executor) {
    return new SystemTimeSource(executor);
  }
}
