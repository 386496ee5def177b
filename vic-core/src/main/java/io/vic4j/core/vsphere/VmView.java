package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import io.vic4j.core.CancelledException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our VMs as the server told of them last: queries are answered from here, without a call.
 *
 * <p>One thread at a time feeds it: {@link #changed}, {@link #left} and {@link #began} gather, and
 * {@link #settle} lets all see what has come at once. While the connection is down, queries wait a
 * little for it to come back, and fail then: what may be old is never given out. Thread-safe.
 */
final class VmView {
  private static final Logger log = LoggerFactory.getLogger(VmView.class);

  private final VmNames inventoryNames;
  private final Duration patience;

  private record Watcher(String scope, VmListener listener) {}

  // Listeners are told under this lock, in the order of the changes; it is taken before the other.
  private final Object delivery = new Object();
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

  // All that follows is guarded by this.
  private final Map<String, VmEntry> entries = new HashMap<>();
  private final Map<String, KnownVm> byId = new HashMap<>();
  private final Map<String, TreeMap<String, KnownVm>> byScope = new HashMap<>();
  private final Map<String, String> idByReference = new HashMap<>();
  private final Set<String> touched = new HashSet<>();
  private @Nullable VicException down = new UnavailableException("not connected yet", null);
  private boolean anew;
  private boolean closed;

  /**
   * A view of nothing yet.
   *
   * @param patience how long a query waits for a broken connection
   */
  VmView(VmNames inventoryNames, Duration patience) {
    this.inventoryNames = inventoryNames;
    this.patience = patience;
  }

  /** All that is there comes anew: what does not come before {@link #settle} has gone. */
  synchronized void began() {
    touched.addAll(entries.keySet());
    entries.clear();
    anew = true;
  }

  /** A property of a VM has changed. */
  synchronized void changed(ManagedObjectReference vm, String property, @Nullable Object value) {
    entries
        .computeIfAbsent(vm.getVal(), key -> new VmEntry(vm, inventoryNames))
        .changed(property, value);
    touched.add(vm.getVal());
  }

  /** A VM has gone. */
  synchronized void left(ManagedObjectReference vm) {
    entries.remove(vm.getVal());
    touched.add(vm.getVal());
  }

  /**
   * Lets all see what has come since the last time, and tells the listeners. A connection that was
   * down is up again once everything has come anew; news of a single VM does not make it so.
   */
  void settle() {
    synchronized (delivery) {
      List<KnownVm> changes = new ArrayList<>();
      List<KnownVm> gone = new ArrayList<>();
      synchronized (this) {
        if (anew && !closed) {
          down = null;
        }
        anew = false;
        touched.forEach(reference -> index(reference, changes, gone));
        touched.clear();
        notifyAll();
      }
      gone.forEach(vm -> tell(vm.record(), listener -> listener.vanished(vm.id())));
      changes.sort(Comparator.comparing(vm -> vm.record().name()));
      changes.forEach(vm -> tell(vm.record(), listener -> listener.changed(vm.record())));
    }
  }

  private void index(String reference, List<KnownVm> changes, List<KnownVm> gone) {
    String oldId = idByReference.get(reference);
    KnownVm old = oldId == null ? null : byId.get(oldId);
    VmEntry entry = entries.get(reference);
    KnownVm now = entry == null ? null : entry.known();
    if (old != null) {
      names(old).remove(key(old));
      if (now == null || !now.id().equals(oldId)) {
        byId.remove(oldId);
        idByReference.remove(reference);
        gone.add(old);
      }
    }
    if (now != null) {
      byId.put(now.id(), now);
      idByReference.put(reference, now.id());
      names(now).put(key(now), now);
      if (old == null || !old.record().equals(now.record())) {
        changes.add(now);
      }
    }
  }

  private Map<String, KnownVm> names(KnownVm vm) {
    return byScope.computeIfAbsent(vm.record().scope(), scope -> new TreeMap<>());
  }

  /** Sorted by name; a name may be there twice if an administrator gave it. */
  private static String key(KnownVm vm) {
    return vm.record().name() + "\0" + vm.id();
  }

  private interface Telling {
    void to(VmListener listener);
  }

  private void tell(VmRecord vm, Telling telling) {
    for (Watcher watcher : watchers) {
      if (watcher.scope().equals(vm.scope())) {
        tell(watcher.listener(), telling);
      }
    }
  }

  private static void tell(VmListener listener, Telling telling) {
    try {
      telling.to(listener);
    } catch (RuntimeException e) {
      log.warn("a listener of VMs failed", e);
    }
  }

  /** From now on nothing can be said, for this reason, until {@link #settle}. */
  synchronized void down(VicException why) {
    if (!closed) {
      down = why;
      notifyAll();
    }
  }

  synchronized void close(VicException why) {
    down = why;
    closed = true;
    watchers.clear();
    notifyAll();
  }

  /** The VM of this identifier. */
  synchronized Optional<KnownVm> find(String id) {
    awaitConnection();
    return Optional.ofNullable(byId.get(id));
  }

  /** The VM of this name. */
  synchronized Optional<KnownVm> find(String scope, String name) {
    awaitConnection();
    TreeMap<String, KnownVm> names = byScope.getOrDefault(scope, new TreeMap<>());
    return names.subMap(name + "\0", name + "\1").values().stream().findFirst();
  }

  /** The VMs of a scope, sorted by name. */
  synchronized List<VmRecord> list(String scope) {
    awaitConnection();
    return records(scope);
  }

  private synchronized List<VmRecord> records(String scope) {
    List<VmRecord> records = new ArrayList<>();
    byScope.getOrDefault(scope, new TreeMap<>()).values().forEach(vm -> records.add(vm.record()));
    return records;
  }

  /** Some VM, of whatever scope, of which this is true. */
  synchronized Optional<KnownVm> findAny(Predicate<KnownVm> condition) {
    awaitConnection();
    return byId.values().stream().filter(condition).findFirst();
  }

  /**
   * Waits until something is true of a VM.
   *
   * @param condition asked with null where there is no such VM
   * @return whether it became true in time; false at once if the connection goes down
   */
  synchronized boolean await(String id, Predicate<@Nullable KnownVm> condition, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    boolean interrupted = false;
    try {
      while (!condition.test(byId.get(id))) {
        long left = end - System.nanoTime();
        if (left <= 0 || down != null) {
          return false;
        }
        try {
          wait(left / 1_000_000 + 1);
        } catch (InterruptedException e) {
          interrupted =
              true; // What was asked of the server has happened; only the news is waited for.
        }
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Waits until a VM meets a condition.
   *
   * @return how it was then; empty if it is no more
   * @throws TimedOutException if that takes longer than {@code timeout}
   * @throws UnavailableException if the connection goes down and stays so
   */
  synchronized Optional<VmRecord> awaitRecord(
      String id, Predicate<VmRecord> condition, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      Optional<VmRecord> now = find(id).map(KnownVm::record);
      if (now.isEmpty() || condition.test(now.get())) {
        return now;
      }
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new TimedOutException("change of VM " + now.get().name(), timeout);
      }
      try {
        wait(left / 1_000_000 + 1);
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "wait for VM " + now.get().name());
      }
    }
  }

  private synchronized void awaitConnection() {
    long end = System.nanoTime() + patience.toNanos();
    while (down != null) {
      long left = end - System.nanoTime();
      if (closed || left <= 0) {
        throw new UnavailableException(
            "vSphere does not tell how VMs are: " + down.getMessage(), down);
      }
      try {
        wait(left / 1_000_000 + 1);
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "look-up of VMs");
      }
    }
  }

  /** Tells a listener of all VMs of a scope, and then of each change. */
  Subscription watch(String scope, VmListener listener) {
    Watcher watcher = new Watcher(scope, listener);
    awaitConnection(); // Not under the lock: the loop needs it to bring the connection back.
    synchronized (delivery) {
      records(scope).forEach(vm -> tell(listener, it -> it.changed(vm)));
      watchers.add(watcher);
    }
    return () -> watchers.remove(watcher);
  }
}
