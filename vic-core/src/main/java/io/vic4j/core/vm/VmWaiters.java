package io.vic4j.core.vm;

import io.vic4j.core.CancelledException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.TimedOutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * Threads that wait until a VM has become something. A waiter registers first and looks at the VM
 * afterwards, so that no change slips through between looking and waiting.
 */
final class VmWaiters implements VmListener {
  private record Waiter(
      Predicate<VmRecord> condition, CompletableFuture<Optional<VmRecord>> result) {}

  private final Hypervisor hypervisor;
  private final TimeSource time;
  private final Map<String, List<Waiter>> waiters = new ConcurrentHashMap<>();
  private volatile boolean closed;

  VmWaiters(Hypervisor hypervisor, TimeSource time) {
    this.hypervisor = hypervisor;
    this.time = time;
  }

  /**
   * Waits until the VM meets the condition.
   *
   * @return how it was then; empty if it is no more
   * @throws TimedOutException if that takes longer than {@code timeout}
   */
  Optional<VmRecord> await(
      String id, Predicate<VmRecord> condition, Duration timeout, String what) {
    Waiter waiter = new Waiter(condition, new CompletableFuture<>());
    add(id, waiter);
    try {
      Optional<VmRecord> now = hypervisor.find(id);
      if (now.isEmpty() || condition.test(now.get())) {
        return now;
      }
      if (!time.await(waiter.result, timeout)) {
        throw new TimedOutException(what, timeout);
      }
      if (waiter.result.isCancelled()) {
        throw new CancelledException("cancelled: waiting for " + what + " (closed meanwhile)");
      }
      return waiter.result.join();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "waiting for " + what);
    } finally {
      remove(id, waiter);
    }
  }

  /**
   * Does something once the VM meets the condition or is no more, or waits end: perhaps at once,
   * else on a thread of the hypervisor, so that it must be short.
   */
  Subscription when(String id, Predicate<VmRecord> condition, Runnable action) {
    Waiter waiter = new Waiter(condition, new CompletableFuture<>());
    add(id, waiter);
    CompletableFuture<?> unusedStage =
        waiter.result.whenComplete((record, failure) -> action.run());
    Optional<VmRecord> now = hypervisor.find(id);
    if (now.isEmpty() || condition.test(now.get())) {
      boolean unused = waiter.result.complete(now);
    }
    return () -> remove(id, waiter);
  }

  private void add(String id, Waiter waiter) {
    waiters.compute(
        id,
        (key, list) -> {
          List<Waiter> all = list == null ? new CopyOnWriteArrayList<>() : list;
          all.add(waiter);
          return all;
        });
    if (closed) {
      waiter.result.cancel(false);
    }
  }

  private void remove(String id, Waiter waiter) {
    waiters.computeIfPresent(
        id,
        (key, list) -> {
          list.remove(waiter);
          return list.isEmpty() ? null : list;
        });
  }

  @Override
  public void changed(VmRecord vm) {
    for (Waiter waiter : waiters.getOrDefault(vm.id(), List.of())) {
      if (waiter.condition.test(vm)) {
        waiter.result.complete(Optional.of(vm));
      }
    }
  }

  @Override
  public void vanished(String id) {
    waiters.getOrDefault(id, List.of()).forEach(waiter -> waiter.result.complete(Optional.empty()));
  }

  /** Ends all waits, as cancelled. */
  void close() {
    closed = true;
    waiters.values().forEach(list -> list.forEach(waiter -> waiter.result.cancel(false)));
  }
}
