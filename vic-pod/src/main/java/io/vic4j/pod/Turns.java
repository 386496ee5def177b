package io.vic4j.pod;

import io.vic4j.core.CancelledException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Lets those who work on one thing take turns, in the order in which they come; those who work on
 * different things do not wait for each other. A thing that nobody works on takes no memory.
 */
final class Turns<K> {
  private static final class Turn {
    final ReentrantLock lock = new ReentrantLock(true);
    int users;
  }

  private final Map<K, Turn> turns = new HashMap<>();

  /**
   * Does some work on a thing when it is its turn.
   *
   * @param what what waits, for the message of a cancellation; the key stands behind it
   */
  <T> T take(K key, String what, Supplier<T> work) {
    Turn turn = enter(key);
    try {
      turn.lock.lockInterruptibly();
      try {
        return work.get();
      } finally {
        turn.lock.unlock();
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, what + " " + key);
    } finally {
      leave(key, turn);
    }
  }

  /** Does some work on a thing when it is its turn; as {@link #take}. */
  void run(K key, String what, Runnable work) {
    take(
        key,
        what,
        () -> {
          work.run();
          return true;
        });
  }

  private Turn enter(K key) {
    synchronized (turns) {
      Turn turn = turns.computeIfAbsent(key, k -> new Turn());
      turn.users++;
      return turn;
    }
  }

  private void leave(K key, Turn turn) {
    synchronized (turns) {
      turn.users--;
      if (turn.users == 0) {
        turns.remove(key);
      }
    }
  }

  /** How many things are worked on. */
  int size() {
    synchronized (turns) {
      return turns.size();
    }
  }
}
