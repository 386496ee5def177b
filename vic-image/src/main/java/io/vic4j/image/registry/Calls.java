package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is under way for a source, so that closing the source can end it. Thread-safe. */
final class Calls {
  private final String owner;
  private final String actions;
  private final Set<Runnable> cancellations = new HashSet<>();
  private boolean closed;

  /** Calls that read. */
  Calls(String owner) {
    this(owner, "pull");
  }

  /**
   * Calls that do more than to read.
   *
   * @param actions what a token has to allow where the registry does not say it
   */
  Calls(String owner, String actions) {
    this.owner = owner;
    this.actions = actions;
  }

  String actions() {
    return actions;
  }

  synchronized void add(Runnable cancellation) {
    throwIfClosed();
    cancellations.add(cancellation);
  }

  synchronized void remove(Runnable cancellation) {
    cancellations.remove(cancellation);
  }

  synchronized void throwIfClosed() {
    if (closed) {
      throw new CancelledException("cancelled: " + owner + " is closed");
    }
  }

  /** Cancels everything, now and to come. */
  void close() {
    List<Runnable> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(cancellations);
      cancellations.clear();
    }
    all.forEach(Runnable::run);
  }
}
