package io.vic4j.testkit;

import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Watches of a hypervisor that remember what they were told last. Thread-safe. */
final class ToldWatches {
  private final Hypervisor hypervisor;
  private final Pulse pulse;
  private final List<ToldWatch> watches = new CopyOnWriteArrayList<>();

  ToldWatches(Hypervisor hypervisor, Pulse pulse) {
    this.hypervisor = hypervisor;
    this.pulse = pulse;
  }

  Subscription open(String scope, VmListener listener) {
    ToldWatch watch = new ToldWatch(scope, listener);
    watches.add(watch);
    try {
      Subscription below = hypervisor.watch(scope, watch);
      return () -> {
        below.close();
        end(watch);
      };
    } catch (RuntimeException e) {
      end(watch);
      throw e;
    }
  }

  private void end(ToldWatch watch) {
    watches.remove(watch);
    pulse.beat();
  }

  /** Waits until all listeners have been told how a VM is now. */
  void awaitTold(String id) {
    pulse.await(
        "the state of VM " + id + " to all who watch it",
        () -> {
          Optional<VmRecord> now = hypervisor.find(id);
          return watches.stream().allMatch(watch -> watch.knows(id, now.orElse(null)));
        });
  }

  private final class ToldWatch implements VmListener {
    private final String scope;
    private final VmListener listener;
    private final Map<String, VmRecord> told = new ConcurrentHashMap<>();

    ToldWatch(String scope, VmListener listener) {
      this.scope = scope;
      this.listener = listener;
    }

    boolean knows(String id, @Nullable VmRecord now) {
      VmRecord last = told.get(id);
      if (now == null || !now.scope().equals(scope)) {
        return last == null;
      }
      // What a listener is told of; a change of the version alone may not be.
      return last != null
          && last.name().equals(now.name())
          && last.power() == now.power()
          && last.variables().equals(now.variables());
    }

    @Override
    public void changed(VmRecord vm) {
      listener.changed(vm);
      told.put(vm.id(), vm);
      pulse.beat();
    }

    @Override
    public void vanished(String id) {
      listener.vanished(id);
      told.remove(id);
      pulse.beat();
    }
  }
}
