package io.vic4j.core.vsphere;

import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfoState;
import io.vic4j.core.VicException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for which task. The loop tells what becomes of tasks; nobody asks the server about a
 * single one. Thread-safe.
 */
final class TaskBoard {
  /** A task may end before the answer that names it has come: so many ends are remembered. */
  private static final int REMEMBERED = 256;

  /**
   * What became of a task.
   *
   * @param result what it gave; null if nothing, or if it failed
   * @param error why it failed; null if it did not
   */
  record Outcome(@Nullable Object result, @Nullable LocalizedMethodFault error) {}

  /** One task, as far as is known. */
  private static final class Entry {
    @Nullable Object state;
    @Nullable Object result;
    @Nullable LocalizedMethodFault error;

    /** Known once all that came with it is. */
    @Nullable Outcome outcome;

    void settle() {
      if (state == TaskInfoState.success) {
        outcome = new Outcome(result, null);
      } else if (state == TaskInfoState.error) {
        outcome = new Outcome(null, error);
      }
    }
  }

  private record Waiter(CompletableFuture<Outcome> future, long sinceNanos) {}

  // All under the lock of this object.
  private final Map<String, Entry> known = new LinkedHashMap<>();
  private final Map<String, Waiter> waiters = new HashMap<>();

  /** What becomes of a task: completed by the loop, or failed if the loop cannot find out. */
  synchronized CompletableFuture<Outcome> expect(ManagedObjectReference task) {
    Entry entry = known.get(task.getVal());
    Outcome outcome = entry == null ? null : entry.outcome;
    if (outcome != null) {
      return CompletableFuture.completedFuture(outcome);
    }
    CompletableFuture<Outcome> future = new CompletableFuture<>();
    waiters.put(task.getVal(), new Waiter(future, System.nanoTime()));
    return future;
  }

  /** A property of a task has changed; nobody is told before {@link #settle}. */
  synchronized void changed(String task, String property, @Nullable Object value) {
    Entry entry = known.computeIfAbsent(task, key -> new Entry());
    switch (property) {
      case "info.state" -> entry.state = value;
      case "info.result" -> entry.result = value;
      case "info.error" -> entry.error = value instanceof LocalizedMethodFault error ? error : null;
      default -> {}
    }
  }

  /** All changes of an update have come: tells those whose task has ended, and forgets old ends. */
  void settle() {
    List<Runnable> ended = new ArrayList<>();
    synchronized (this) {
      known.values().forEach(Entry::settle);
      for (Iterator<Map.Entry<String, Waiter>> all = waiters.entrySet().iterator();
          all.hasNext(); ) {
        Map.Entry<String, Waiter> waiter = all.next();
        Entry entry = known.get(waiter.getKey());
        Outcome outcome = entry == null ? null : entry.outcome;
        if (outcome != null) {
          ended.add(() -> waiter.getValue().future().complete(outcome));
          all.remove();
        }
      }
      Iterator<Map.Entry<String, Entry>> oldest = known.entrySet().iterator();
      while (known.size() > REMEMBERED && oldest.hasNext()) {
        if (!waiters.containsKey(oldest.next().getKey())) {
          oldest.remove();
        }
      }
    }
    ended.forEach(Runnable::run);
  }

  /** Whether anybody waits. */
  synchronized boolean isAwaited() {
    return !waiters.isEmpty();
  }

  /** The tasks that somebody has waited for longer than this. */
  synchronized List<ManagedObjectReference> overdue(Duration patience) {
    long now = System.nanoTime();
    List<ManagedObjectReference> overdue = new ArrayList<>();
    waiters.forEach(
        (task, waiter) -> {
          if (now - waiter.sinceNanos() >= patience.toNanos()) {
            overdue.add(Moref.of("Task", task));
          }
        });
    return overdue;
  }

  /** Nobody can say what became of a task. */
  void lost(ManagedObjectReference task, VicException why) {
    Waiter waiter;
    synchronized (this) {
      waiter = waiters.remove(task.getVal());
    }
    if (waiter != null) {
      waiter.future().completeExceptionally(why);
    }
  }

  /** Ends all waits. */
  void close(VicException why) {
    List<Waiter> all;
    synchronized (this) {
      all = List.copyOf(waiters.values());
      waiters.clear();
    }
    all.forEach(waiter -> waiter.future().completeExceptionally(why));
  }
}
