package io.vic4j.image;

import io.vic4j.core.CancelledException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on somebody's executor, a few at a time. The first that fails interrupts the others
 * and is thrown; the others' failures are suppressed in it. When {@link #await} returns, however it
 * does, no task runs any more. Thread-safe.
 */
final class TaskGroup {
  private final String work;
  private final Queue<Runnable> waiting;
  private final List<Thread> running = new ArrayList<>();
  private final Set<Thread> interrupted = new HashSet<>();
  private @Nullable RuntimeException failure;
  private boolean ended;

  /**
   * A group of tasks, none of which has begun.
   *
   * @param work what they are for, for the message of a cancellation
   */
  TaskGroup(String work, List<Runnable> tasks) {
    this.work = work;
    this.waiting = new ArrayDeque<>(tasks);
  }

  /**
   * Runs the tasks and waits for them.
   *
   * @param parallel how many at once
   * @param heartbeat called about every {@code interval} while waiting
   * @throws RuntimeException what the first task to fail threw
   * @throws CancelledException if the thread is interrupted, or the group cancelled
   */
  void await(Executor executor, int parallel, Duration interval, Runnable heartbeat) {
    try {
      int workers = Math.min(parallel, waitingCount());
      for (int i = 0; i < workers; i++) {
        executor.execute(this::runTasks);
      }
      long next = System.nanoTime() + interval.toNanos();
      while (waitUntil(next)) {
        heartbeat.run();
        next = System.nanoTime() + interval.toNanos();
      }
    } catch (InterruptedException e) {
      fail(CancelledException.from(e, work));
    } catch (RejectedExecutionException e) {
      fail(new CancelledException("cancelled, for its executor was shut down: " + work, e));
    } catch (RuntimeException e) {
      fail(e);
    }
    awaitQuiet();
    synchronized (this) {
      if (failure != null) {
        throw failure;
      }
    }
  }

  /** Gives up what has not ended; {@link #await} throws then. Does nothing if all has ended. */
  void cancel() {
    fail(new CancelledException("cancelled: " + work));
  }

  private synchronized int waitingCount() {
    return waiting.size();
  }

  /** Waits for the end, until this time; whether the time came first. */
  private synchronized boolean waitUntil(long nanoTime) throws InterruptedException {
    while (!ended && !(waiting.isEmpty() && running.isEmpty())) {
      long millis = (nanoTime - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return true;
      }
      wait(millis);
    }
    ended = true;
    return false;
  }

  /** Waits until nothing runs, whatever happens; an interruption is kept for later. */
  private synchronized void awaitQuiet() {
    boolean interrupted = false;
    while (!running.isEmpty()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void fail(RuntimeException cause) {
    if (failure == null && !ended) {
      failure = cause;
      ended = true;
      waiting.clear();
      for (Thread thread : running) {
        if (thread != Thread.currentThread()) {
          interrupted.add(thread);
          thread.interrupt();
        }
      }
      notifyAll();
    } else if (failure != null && failure != cause && !(cause instanceof CancelledException)) {
      failure.addSuppressed(cause);
    }
  }

  private void runTasks() {
    Runnable task = begin();
    while (task != null) {
      try {
        task.run();
      } catch (RuntimeException e) {
        fail(e);
      } catch (Error e) {
        fail(new IllegalStateException("a task failed: " + work, e));
        throw e;
      } finally {
        end();
      }
      task = begin();
    }
  }

  private synchronized @Nullable Runnable begin() {
    Runnable task = waiting.poll();
    if (task != null) {
      running.add(Thread.currentThread());
    }
    return task;
  }

  private synchronized void end() {
    running.remove(Thread.currentThread());
    if (interrupted.remove(Thread.currentThread())) {
      // The interruption was for the task. It must not reach what this thread does next.
      Thread.interrupted();
    }
    notifyAll();
  }
}
