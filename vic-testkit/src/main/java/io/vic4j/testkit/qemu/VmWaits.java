package io.vic4j.testkit.qemu;

import io.vic4j.core.CancelledException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.VmRecord;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Waits until something is so of a VM. Conditions are asked under the hypervisor's lock. */
final class VmWaits {
  private final Object lock;
  private final BooleanSupplier closed;
  private final Function<String, @Nullable QemuVm> vms;

  /**
   * Waits by a hypervisor's lock, which is notified at each change.
   *
   * @param closed whether the hypervisor is closed
   * @param vms its VMs by identifier
   */
  VmWaits(Object lock, BooleanSupplier closed, Function<String, @Nullable QemuVm> vms) {
    this.lock = lock;
    this.closed = closed;
    this.vms = vms;
  }

  /** Lets all who wait ask again. */
  void wake() {
    synchronized (lock) {
      lock.notifyAll();
    }
  }

  /**
   * Waits until a VM meets a condition.
   *
   * @return how it was then; empty if it is no more
   */
  Optional<VmRecord> await(String id, Predicate<VmRecord> condition, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    try {
      synchronized (lock) {
        while (true) {
          QemuVm vm = find(id);
          if (vm == null) {
            return Optional.empty();
          }
          if (condition.test(vm.record())) {
            return Optional.of(vm.record());
          }
          long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()) + 1;
          if (left <= 1) {
            throw new TimedOutException("the answer of the guest of VM " + id, timeout);
          }
          lock.wait(left);
        }
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "command to VM " + id);
    }
  }

  /** What those wait by who follow a VM's logs. */
  LogGrowth.Waits forLogsOf(String id) {
    return new LogGrowth.Waits() {
      @Override
      public QemuVm await(Predicate<QemuVm> condition) {
        return awaitVm(id, condition);
      }

      @Override
      public void wake() {
        VmWaits.this.wake();
      }
    };
  }

  private QemuVm awaitVm(String id, Predicate<QemuVm> condition) {
    try {
      synchronized (lock) {
        while (true) {
          QemuVm vm = find(id);
          if (vm == null) {
            throw new NotFoundException("container vm", id);
          }
          if (condition.test(vm)) {
            return vm;
          }
          lock.wait();
        }
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "follow a log of VM " + id);
    }
  }

  private @Nullable QemuVm find(String id) {
    if (closed.getAsBoolean()) {
      throw new UnavailableException("this hypervisor is closed; open another one", null);
    }
    return vms.apply(id);
  }
}
