package io.vic4j.pod;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is to be undone if a piece of work fails: the last thing first, all of it, whatever else
 * fails. Of one thread.
 */
final class Rollback {
  private final Deque<Runnable> undos = new ArrayDeque<>();

  /** Notes how something is undone; before it is done, so that half of it is undone too. */
  void onFailure(Runnable undo) {
    undos.push(undo);
  }

  /**
   * Undoes everything. An interruption of the thread does not keep it from that, and is there again
   * afterwards. What fails is tried once more, and then added to the first failure.
   */
  void run(Throwable failure) {
    undisturbed(
        () -> {
          while (!undos.isEmpty()) {
            undo(undos.pop(), failure);
          }
        });
  }

  /** Does what must be done, however the thread was interrupted; it is so again afterwards. */
  static void undisturbed(Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void undo(Runnable undo, Throwable failure) {
    try {
      undo.run();
    } catch (RuntimeException first) {
      try {
        undo.run();
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
