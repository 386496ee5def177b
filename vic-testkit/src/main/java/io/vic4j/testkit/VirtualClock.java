package io.vic4j.testkit;

import io.vic4j.core.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until it is moved. Tasks run on the thread that moves it, in the order of
 * their times, and see the time they were set for. While one runs, nobody else runs another or
 * moves the time: who wants to, waits for its end. So tasks must not wait for other threads that
 * may do so.
 *
 * <p>There are two kinds. A {@linkplain #manual manual} clock moves only when the test {@linkplain
 * #advance advances} it; threads that wait by it wait for that. A {@linkplain #selfAdvancing
 * self-advancing} clock is moved by whoever waits by it: a wait runs what is due meanwhile and
 * returns at once, so that a test of one thread may stop a container with ten seconds of grace
 * without having them. It suits tests in which nobody works in the background, for a wait moves the
 * time to its end if no task makes its event happen.
 *
 * <p>Thread-safe.
 */
public final class VirtualClock implements TimeSource {
  /** When clocks start: 2026-01-01T00:00:00Z. */
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private record Task(Instant due, long number, Runnable work) {}

  private final boolean selfAdvancing;
  private final Object lock = new Object();
  // Not a queue: thousands of VMs cancel timers, each of which it would search for.
  private final TreeSet<Task> tasks =
      new TreeSet<>(Comparator.comparing(Task::due).thenComparing(Task::number));
  private Instant now = START;
  private long lastNumber;
  private int waiters;
  private long changes; // Tasks that came or ended, and what others told.
  private @Nullable Thread runner; // Of the task that runs.

  private VirtualClock(boolean selfAdvancing) {
    this.selfAdvancing = selfAdvancing;
  }

  /** A clock at {@link #START} that only {@link #advance} moves. */
  public static VirtualClock manual() {
    return new VirtualClock(false);
  }

  /** A clock at {@link #START} that {@link #advance} and those who wait by it move. */
  public static VirtualClock selfAdvancing() {
    return new VirtualClock(true);
  }

  @Override
  public Instant instant() {
    synchronized (lock) {
      return now;
    }
  }

  @Override
  public Scheduled schedule(Duration delay, Runnable work) {
    synchronized (lock) {
      Task task = new Task(later(delay.isNegative() ? Duration.ZERO : delay), ++lastNumber, work);
      tasks.add(task);
      noteChange();
      return () -> {
        synchronized (lock) {
          tasks.remove(task);
        }
      };
    }
  }

  /** Moves the time, and runs what is due on the way; what that makes due, too. */
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("time does not go back: " + duration);
    }
    Instant end;
    synchronized (lock) {
      end = later(duration);
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          if (!step(end, true, () -> false)) {
            return;
          }
        } catch (InterruptedException e) {
          interrupted = true; // It is not for this: time passes all the same.
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean await(CompletableFuture<?> event, Duration timeout) throws InterruptedException {
    if (!selfAdvancing) {
      return new WaitersClock().await(event, timeout);
    }
    Instant end;
    synchronized (lock) {
      end = later(timeout);
    }
    while (!event.isDone()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (!step(end, true, event::isDone)) {
        break;
      }
    }
    return event.isDone();
  }

  /**
   * This clock, where each timer is a waiting thread. It counts only once its timer stands, for who
   * sees a waiter may turn the clock.
   */
  private final class WaitersClock implements TimeSource {
    @Override
    public Instant instant() {
      return VirtualClock.this.instant();
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable work) {
      Scheduled timer = VirtualClock.this.schedule(delay, work);
      countWaiters(1);
      return () -> {
        countWaiters(-1);
        timer.cancel();
      };
    }
  }

  /**
   * Waits, in real time, until {@code count} threads wait by this clock, so that a test knows when
   * to advance it.
   *
   * @throws AssertionError if that takes more than 30 seconds
   */
  public void awaitWaiters(int count) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    synchronized (lock) {
      while (waiters < count) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError(waiters + " threads wait by the clock, not " + count);
        }
        lock.wait(left);
      }
    }
  }

  private void countWaiters(int change) {
    synchronized (lock) {
      waiters += change;
      lock.notifyAll();
    }
  }

  /**
   * Moves the time only as far as it takes for a condition to hold: runs what is due, task by task,
   * until it does. Where nothing is due, other threads may be at work: it waits for them, in real
   * time, and if {@code real} passes in which they schedule nothing and tell nothing, moves the
   * time to its end.
   *
   * @return whether the condition held in the end
   */
  boolean advanceUntil(BooleanSupplier condition, Duration most, Duration real)
      throws InterruptedException {
    Instant end;
    synchronized (lock) {
      end = later(most);
    }
    while (true) {
      long seen;
      synchronized (lock) {
        seen = changes;
      }
      if (condition.getAsBoolean()) {
        return true;
      }
      if (!step(end, false, () -> false) && !awaitChange(seen, real)) {
        break;
      }
    }
    while (step(end, true, () -> false)) {
      // What came at the last moment.
    }
    return condition.getAsBoolean();
  }

  private boolean awaitChange(long seen, Duration real) throws InterruptedException {
    long deadline = System.nanoTime() + real.toNanos();
    synchronized (lock) {
      while (changes == seen) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          return false;
        }
        lock.wait(left);
      }
      return true;
    }
  }

  /** Something has happened that conditions may depend on. */
  void noteChange() {
    synchronized (lock) {
      changes++;
      lock.notifyAll();
    }
  }

  /**
   * Runs the next task until {@code end}; does not if {@code done} holds as soon as no other thread
   * runs a task.
   *
   * @param toEnd whether the time moves to {@code end} if there is no task
   * @return whether there was a task
   */
  private boolean step(Instant end, boolean toEnd, BooleanSupplier done)
      throws InterruptedException {
    Task task;
    Thread outer;
    synchronized (lock) {
      while (runner != null && runner != Thread.currentThread()) {
        lock.wait();
      }
      if (done.getAsBoolean()) {
        return false;
      }
      task = tasks.isEmpty() ? null : tasks.first();
      if (task == null || task.due.isAfter(end)) {
        now = toEnd && end.isAfter(now) ? end : now;
        return false;
      }
      tasks.remove(task);
      now = task.due.isAfter(now) ? task.due : now;
      outer = runner;
      runner = Thread.currentThread();
    }
    try {
      task.work.run();
    } finally {
      synchronized (lock) {
        runner = outer;
        noteChange();
      }
    }
    return true;
  }

  private Instant later(Duration duration) {
    Duration most = Duration.between(now, Instant.MAX);
    return now.plus(duration.compareTo(most) > 0 ? most : duration);
  }
}
