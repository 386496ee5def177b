package io.vic4j.testkit;

import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Those who watch a hypervisor, each told of everything in order and one call at a time. Events are
 * added under the hypervisor's lock, and delivered outside of it. Thread-safe.
 */
public final class Watches {
  private final EventQueue events = new EventQueue();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();

  /** A new watch, which is told first of the VMs that are there. */
  public Subscription open(String scope, VmListener listener, List<VmRecord> there) {
    Watch watch = new Watch(scope, listener);
    watches.add(watch);
    there.forEach(vm -> events.add(() -> watch.tell(told -> told.changed(vm))));
    return watch;
  }

  public void add(String scope, Consumer<VmListener> event) {
    for (Watch watch : watches) {
      if (watch.scope.equals(scope)) {
        events.add(() -> watch.tell(event));
      }
    }
  }

  public void deliver() {
    events.drain();
  }

  private final class Watch implements Subscription {
    private final String scope;
    private final VmListener listener;
    private boolean closed;

    Watch(String scope, VmListener listener) {
      this.scope = scope;
      this.listener = listener;
    }

    synchronized void tell(Consumer<VmListener> event) {
      if (!closed) {
        event.accept(listener);
      }
    }

    @Override
    public void close() {
      watches.remove(this);
      synchronized (this) {
        closed = true;
      }
    }
  }
}
