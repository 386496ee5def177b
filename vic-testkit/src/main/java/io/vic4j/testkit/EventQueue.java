package io.vic4j.testkit;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Runs what is put in, in order and one at a time, on the threads that ask for it, and never under
 * the lock of those who put it in.
 */
final class EventQueue {
  private final Queue<Runnable> events = new ArrayDeque<>();
  private boolean draining;

  synchronized void add(Runnable event) {
    events.add(event);
  }

  /** Runs what is there, unless another thread, or a caller of this one, is at it already. */
  void drain() {
    while (true) {
      Runnable event;
      synchronized (this) {
        if (draining) {
          return;
        }
        event = events.poll();
        if (event == null) {
          return;
        }
        draining = true;
      }
      try {
        event.run();
      } finally {
        synchronized (this) {
          draining = false;
        }
      }
    }
  }
}
