package io.vic4j.pod.kubernetes.node;

import io.vic4j.core.TimeSource;
import io.vic4j.pod.PodKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pods that have to be looked at. A pod is in it once, however often it was added; it is looked at
 * by one thread at a time, and once more if it was added meanwhile. Several are looked at side by
 * side. What fails is tried again, later each time.
 */
final class PodQueue implements AutoCloseable {
  /** Looks at a pod, and does what is to be done. */
  interface Work {
    /**
     * Does it.
     *
     * @return when to look again though nothing has changed; empty if that is not needed
     */
    Optional<Duration> reconcile(PodKey key);
  }

  private static final Logger log = LoggerFactory.getLogger(PodQueue.class);

  private record Timer(Instant due, TimeSource.Scheduled scheduled) {}

  private final TimeSource time;
  private final int threads;
  private final ExecutorService executor;
  private final Object lock = new Object();
  private final Set<PodKey> ready = new LinkedHashSet<>();
  private final Set<PodKey> atWork = new HashSet<>();
  private final Set<PodKey> again = new HashSet<>();
  private final Map<PodKey, Timer> timers = new HashMap<>();
  private final Map<PodKey, Integer> failures = new HashMap<>();
  private boolean closed;

  PodQueue(TimeSource time, int threads, String name) {
    this.time = time;
    this.threads = threads;
    this.executor = OwnThreads.upTo(threads, name);
  }

  /** Begins to look; what was added before waits until then. */
  void start(Work work) {
    for (int i = 0; i < threads; i++) {
      executor.execute(() -> run(work));
    }
  }

  /** Has this pod looked at. */
  void add(PodKey key) {
    synchronized (lock) {
      if (closed) {
        return;
      }
      cancelTimer(key);
      if (atWork.contains(key)) {
        again.add(key);
      } else if (ready.add(key)) {
        lock.notify();
      }
    }
  }

  /** Has this pod looked at in a while, unless it is before. */
  void addAfter(PodKey key, Duration delay) {
    Instant due = time.instant().plus(delay);
    synchronized (lock) {
      @Nullable Timer before = timers.get(key);
      if (closed || ready.contains(key) || (before != null && !before.due.isAfter(due))) {
        return;
      }
      cancelTimer(key);
      timers.put(key, new Timer(due, time.schedule(delay, () -> add(key))));
    }
  }

  private void cancelTimer(PodKey key) {
    @Nullable Timer timer = timers.remove(key);
    if (timer != null) {
      timer.scheduled.cancel();
    }
  }

  private void run(Work work) {
    try {
      while (true) {
        PodKey key = take();
        try {
          lookAt(key, work);
        } finally {
          done(key);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // It is closed.
    }
  }

  private PodKey take() throws InterruptedException {
    synchronized (lock) {
      while (true) {
        if (closed) {
          throw new InterruptedException();
        }
        if (!ready.isEmpty()) {
          PodKey key = ready.iterator().next();
          ready.remove(key);
          atWork.add(key);
          return key;
        }
        lock.wait();
      }
    }
  }

  private void lookAt(PodKey key, Work work) {
    try {
      Optional<Duration> next = work.reconcile(key);
      synchronized (lock) {
        failures.remove(key);
      }
      next.ifPresent(delay -> addAfter(key, delay));
    } catch (RuntimeException e) {
      int count;
      synchronized (lock) {
        if (closed) {
          return;
        }
        count = failures.merge(key, 1, Integer::sum);
      }
      Duration delay = Backoff.REQUEST.after(count);
      Duration asked = ApiErrors.retryAfter(e);
      delay = asked.compareTo(delay) > 0 ? asked : delay;
      log.info("pod {} is looked at again in {}: {}", key, delay, e.toString());
      log.debug("pod {}", key, e);
      addAfter(key, delay);
    }
  }

  private void done(PodKey key) {
    synchronized (lock) {
      atWork.remove(key);
      if (again.remove(key)) {
        add(key);
      }
    }
  }

  @Override
  public void close() {
    List<Timer> left;
    synchronized (lock) {
      closed = true;
      left = new ArrayList<>(timers.values());
      timers.clear();
      ready.clear();
      lock.notifyAll();
    }
    left.forEach(timer -> timer.scheduled.cancel());
    OwnThreads.end(executor);
  }
}
