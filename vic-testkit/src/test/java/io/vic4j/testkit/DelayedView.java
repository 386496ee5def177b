package io.vic4j.testkit;

import io.vic4j.core.CancelledException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * What a hypervisor's client knows of VMs: everything, some time after it has happened, and its
 * listeners some time after that, each on a thread of its own. Changes of one VM that follow each
 * other quickly are seen as one. Delays are random, mostly short. Thread-safe.
 */
final class DelayedView implements AutoCloseable {
  private static final int MOST_MICROS = 1_000;
  private static final int SELDOM = 20;

  private final Random random;
  private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor();
  private final ScheduledExecutorService teller = Executors.newSingleThreadScheduledExecutor();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();

  // Guarded by this.
  private final Map<String, Optional<VmRecord>> arriving = new LinkedHashMap<>();
  private final Map<String, VmRecord> shown = new TreeMap<>();
  private long lastNumber;
  private long shownNumber;

  DelayedView(long seed) {
    this.random = new Random(seed);
  }

  /** A change that the view will show. */
  final class Change {
    private final long number;

    private Change(long number) {
      this.number = number;
    }

    void await() {
      synchronized (DelayedView.this) {
        try {
          while (shownNumber < number) {
            DelayedView.this.wait();
          }
        } catch (InterruptedException e) {
          throw CancelledException.from(e, "wait for the view");
        }
      }
    }
  }

  /** The VM has become so. To be called in the order of the changes. */
  Change put(VmRecord vm) {
    return arrive(vm.id(), Optional.of(vm));
  }

  /** The VM is no more. */
  Change remove(String id) {
    return arrive(id, Optional.empty());
  }

  private synchronized Change arrive(String id, Optional<VmRecord> vm) {
    arriving.put(id, vm);
    lastNumber++;
    later(reader, this::show);
    return new Change(lastNumber);
  }

  private synchronized void show() {
    arriving.forEach(
        (id, vm) -> {
          Optional<VmRecord> before = Optional.ofNullable(shown.remove(id));
          vm.ifPresent(record -> shown.put(id, record));
          vm.or(() -> before)
              .ifPresent(record -> watches.forEach(watch -> watch.add(record.scope(), id, vm)));
        });
    arriving.clear();
    shownNumber = lastNumber;
    notifyAll();
    later(teller, this::tell);
  }

  private void tell() {
    watches.forEach(Watch::tell);
  }

  private void later(ScheduledExecutorService thread, Runnable work) {
    int micros = random.nextInt(random.nextInt(SELDOM) == 0 ? 10 * MOST_MICROS : MOST_MICROS);
    try {
      Future<?> unused = thread.schedule(work, micros, TimeUnit.MICROSECONDS);
    } catch (RejectedExecutionException e) {
      // Closed: nobody looks any more.
    }
  }

  synchronized Optional<VmRecord> find(String id) {
    return Optional.ofNullable(shown.get(id));
  }

  synchronized List<VmRecord> list(String scope) {
    return shown.values().stream()
        .filter(vm -> vm.scope().equals(scope))
        .sorted(Comparator.comparing(VmRecord::name))
        .toList();
  }

  synchronized Optional<VmRecord> await(
      String id, Predicate<VmRecord> condition, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    try {
      while (true) {
        Optional<VmRecord> now = find(id);
        if (now.isEmpty() || condition.test(now.get())) {
          return now;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new TimedOutException("a change of VM " + id, timeout);
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait for VM " + id);
    }
  }

  synchronized Subscription watch(String scope, VmListener listener) {
    Watch watch = new Watch(scope, listener);
    list(scope).forEach(vm -> watch.add(scope, vm.id(), Optional.of(vm)));
    watches.add(watch);
    later(teller, this::tell);
    return watch;
  }

  @Override
  public void close() {
    reader.shutdownNow();
    teller.shutdownNow();
  }

  private final class Watch implements Subscription {
    private final String scope;
    private final VmListener listener;
    private final Map<String, Optional<VmRecord>> pending = new LinkedHashMap<>();
    private final Object calling = new Object();
    private boolean closed; // Guarded by calling.

    Watch(String scope, VmListener listener) {
      this.scope = scope;
      this.listener = listener;
    }

    void add(String changed, String id, Optional<VmRecord> vm) {
      if (changed.equals(scope)) {
        synchronized (pending) {
          pending.put(id, vm);
        }
      }
    }

    void tell() {
      List<Map.Entry<String, Optional<VmRecord>>> events;
      synchronized (pending) {
        events = new ArrayList<>(pending.entrySet().stream().map(Map.Entry::copyOf).toList());
        pending.clear();
      }
      for (Map.Entry<String, Optional<VmRecord>> event : events) {
        synchronized (calling) {
          if (!closed) {
            event
                .getValue()
                .ifPresentOrElse(listener::changed, () -> listener.vanished(event.getKey()));
          }
        }
      }
    }

    @Override
    public void close() {
      watches.remove(this);
      synchronized (calling) {
        closed = true;
      }
    }
  }
}
