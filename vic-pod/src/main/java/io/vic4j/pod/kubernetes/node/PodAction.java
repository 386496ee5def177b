package io.vic4j.pod.kubernetes.node;

import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Long work on one pod, on another thread than the one that looks at pods. It is done when its
 * thread has left it, also where it was cancelled: what it rolls back is rolled back then.
 */
final class PodAction {
  enum Kind {
    /** Pulls its images, makes the VM and starts it. */
    CREATE,
    /** Starts the VM. */
    START,
    /** Changes its labels and so on. */
    UPDATE,
    /** Ends it with its grace. */
    STOP,
    /** Removes its VM. */
    REMOVE
  }

  private final Kind kind;
  private final Runnable whenDone;
  private @Nullable Thread worker;
  private boolean cancelled;
  private boolean done;
  private @Nullable RuntimeException failure;

  private PodAction(Kind kind, Runnable whenDone) {
    this.kind = kind;
    this.whenDone = whenDone;
  }

  /**
   * Begins it.
   *
   * @param whenDone called at its end, whatever that is
   */
  static PodAction begin(Kind kind, Executor executor, Runnable work, Runnable whenDone) {
    PodAction action = new PodAction(kind, whenDone);
    executor.execute(() -> action.run(work));
    return action;
  }

  Kind kind() {
    return kind;
  }

  private void run(Runnable work) {
    @Nullable RuntimeException thrown = null;
    if (enter()) {
      try {
        work.run();
      } catch (RuntimeException e) {
        thrown = e;
      } catch (Error e) {
        leave(new IllegalStateException(kind + " failed", e));
        throw e;
      }
    }
    leave(thrown);
  }

  private synchronized boolean enter() {
    worker = Thread.currentThread();
    return !cancelled;
  }

  private void leave(@Nullable RuntimeException thrown) {
    synchronized (this) {
      worker = null;
      done = true;
      failure = thrown;
      if (cancelled) {
        boolean unused = Thread.interrupted(); // It was meant for this work, not for the next.
      }
    }
    whenDone.run();
  }

  synchronized boolean isDone() {
    return done;
  }

  /** Why it did not do what it should; empty while it is at work. */
  synchronized Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Interrupts it. */
  synchronized void cancel() {
    cancelled = true;
    if (worker != null) {
      worker.interrupt();
    }
  }
}
