package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the attempts at one request, and waits between them. One thread's. */
final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryClient.class);

  private final RetryPolicy policy;
  private final Sleeper sleeper;
  private final BooleanSupplier reached;
  private final String what;
  private int failures;

  /**
   * Attempts at something.
   *
   * @param reached whether the registry ever answered: if not, there is no sense in trying again to
   *     reach it, for its name is likely wrong
   * @param what what is to be done, such as {@code get image x}, for messages
   */
  Attempts(RetryPolicy policy, Sleeper sleeper, BooleanSupplier reached, String what) {
    this.policy = policy;
    this.sleeper = sleeper;
    this.reached = reached;
    this.what = what;
  }

  /** One thing to try. */
  interface Attempt<T> {
    T once() throws TransientException;
  }

  /** Tries until it succeeds or there is nothing left to try. */
  <T> T run(Attempt<T> attempt) {
    for (; ; ) {
      try {
        return attempt.once();
      } catch (TransientException e) {
        failed(e);
      }
    }
  }

  /** Returns when it is time for another attempt; throws if there is to be none. */
  void failed(TransientException failure) {
    failures++;
    if (failures >= policy.attempts() || (failure.isUnreachable() && !reached.getAsBoolean())) {
      throw new UnavailableException(
          "cannot "
              + what
              + (failures == 1 ? "" : " after " + failures + " attempts")
              + ": "
              + failure.text(),
          failure.retryAfter(),
          failure);
    }
    Duration wait = waitFor(failure);
    LOG.debug("{}: attempt {}: {}; again in {}", what, failures, failure.text(), wait);
    try {
      sleeper.sleep(wait);
    } catch (InterruptedException e) {
      throw CancelledException.from(e, what);
    }
  }

  private Duration waitFor(TransientException failure) {
    Duration asked = failure.retryAfter();
    if (asked != null) {
      return asked.compareTo(policy.longestRetryAfter()) < 0 ? asked : policy.longestRetryAfter();
    }
    long nanos = policy.waitAfter(failures).toNanos();
    return Duration.ofNanos(nanos - ThreadLocalRandom.current().nextLong(nanos / 2 + 1));
  }

  /** Starts to count anew. */
  void progressed() {
    failures = 0;
  }
}
