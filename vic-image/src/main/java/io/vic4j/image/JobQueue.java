package io.vic4j.image;

import io.vic4j.core.CancelledException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs jobs on somebody's executor: the most urgent first, and of those the one that came first; so
 * many at once in all, and so many for each registry. Thread-safe. No lock is held while a job
 * runs, so the executor may be one that runs it at once.
 */
final class JobQueue {
  /** What a job does. Neither method may throw. */
  interface Work {
    void run();

    /** Called instead of {@link #run} if the executor does not take the job. */
    void refused(CancelledException why);
  }

  private static final Comparator<Job> FIRST =
      Comparator.comparing((Job job) -> job.local ? 0 : 1)
          .thenComparing(job -> job.priority, Comparator.reverseOrder())
          .thenComparingLong(job -> job.number);

  private final Executor executor;
  private final int limit;
  private final int limitPerRegistry;
  private final TreeSet<Job> waiting = new TreeSet<>(FIRST);
  private final Map<String, Integer> runningOf = new HashMap<>();
  private final Set<Thread> starting = new HashSet<>();
  private int running;
  private long count;

  JobQueue(Executor executor, int limit, int limitPerRegistry) {
    this.executor = executor;
    this.limit = limit;
    this.limitPerRegistry = limitPerRegistry;
  }

  /** A job that talks to a registry; it waits until it is {@linkplain Job#start started}. */
  Job job(String registry, Priority priority, Work work) {
    return new Job(registry, false, priority, work);
  }

  /** A short job that ends something, and so comes before all others. */
  Job lastStep(Work work) {
    return new Job("", true, Priority.WAITING, work);
  }

  /** One piece of work, which is done once or not at all. */
  final class Job {
    private final String registry;
    private final boolean local;
    private final Work work;
    private Priority priority;
    private long number;
    private boolean ended;
    private boolean interrupted;
    private @Nullable Thread thread;

    private Job(String registry, boolean local, Priority priority, Work work) {
      this.registry = registry;
      this.local = local;
      this.priority = priority;
      this.work = work;
    }

    /** Lets it run when its turn comes; does nothing if it has been taken back. */
    void start() {
      synchronized (JobQueue.this) {
        if (ended) {
          return;
        }
        number = ++count;
        waiting.add(this);
      }
      startWaiting();
    }

    /** Makes it as urgent as this at least. */
    void raise(Priority atLeast) {
      synchronized (JobQueue.this) {
        if (atLeast.compareTo(priority) > 0) {
          boolean queued = waiting.remove(this);
          priority = atLeast;
          if (queued) {
            waiting.add(this);
          }
        }
      }
    }

    /**
     * Takes it back if it has not begun, and interrupts it if it runs.
     *
     * @return whether it has not begun, and never will
     */
    boolean cancel() {
      synchronized (JobQueue.this) {
        if (thread != null) {
          interrupted = true;
          thread.interrupt();
          return false;
        }
        boolean first = !ended;
        ended = true;
        waiting.remove(this);
        return first;
      }
    }
  }

  /** Starts what may start now. On a thread that is at it already, that one goes on instead. */
  private void startWaiting() {
    synchronized (this) {
      if (!starting.add(Thread.currentThread())) {
        return;
      }
    }
    try {
      Job job = take();
      while (job != null) {
        start(job);
        job = take();
      }
    } finally {
      synchronized (this) {
        starting.remove(Thread.currentThread());
      }
    }
  }

  private void start(Job job) {
    try {
      executor.execute(() -> run(job));
    } catch (RejectedExecutionException e) {
      release(job);
      job.work.refused(
          new CancelledException("cancelled, for the executor of the image service was shut down"));
    }
  }

  private synchronized @Nullable Job take() {
    if (running == limit) {
      return null;
    }
    for (Job job : waiting) {
      int ofRegistry = runningOf.getOrDefault(job.registry, 0);
      if (job.registry.isEmpty() || ofRegistry < limitPerRegistry) {
        waiting.remove(job);
        running++;
        runningOf.put(job.registry, ofRegistry + 1);
        return job;
      }
    }
    return null;
  }

  private void run(Job job) {
    boolean go;
    synchronized (this) {
      go = !job.ended;
      job.ended = true;
      if (go) {
        job.thread = Thread.currentThread();
      }
    }
    try {
      if (go) {
        job.work.run();
      }
    } finally {
      synchronized (this) {
        job.thread = null;
        if (job.interrupted) {
          // The interruption was for the job. It must not reach what this thread does next.
          Thread.interrupted();
        }
      }
      release(job);
      startWaiting();
    }
  }

  private synchronized void release(Job job) {
    job.ended = true;
    running--;
    runningOf.merge(job.registry, -1, (a, b) -> a + b == 0 ? null : a + b);
  }

  /** How many jobs wait; for tests and messages. */
  synchronized int waitingCount() {
    return waiting.size();
  }

  /** The registries that jobs wait for, the most urgent first; for tests. */
  synchronized List<String> waitingFor() {
    List<String> registries = new ArrayList<>();
    waiting.forEach(job -> registries.add(job.registry));
    return registries;
  }
}
