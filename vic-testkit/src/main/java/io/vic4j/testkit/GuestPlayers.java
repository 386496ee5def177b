package io.vic4j.testkit;

import io.vic4j.core.TimeSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Plays the guests of a {@link GuestedHypervisor}, all of them on one thread. Thread-safe. Closing
 * it ends the thread; guests do nothing more then.
 */
final class GuestPlayers implements PlayedVm.Surroundings, AutoCloseable {
  private final Hypervisor hypervisor;
  private final Backdoor backdoor;
  private final TimeSource time;
  private final ScriptSource scripts;
  private final @Nullable Datastore disks;
  private final Pulse pulse;
  private final ToldWatches watches;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread player = new Thread(work, "vic-guests");
            player.setDaemon(true);
            return player;
          });
  private final Set<String> toLookAt = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  // Both are of the thread only.
  private final Map<String, PlayedVm> vms = new HashMap<>();
  private final Map<String, Subscription> scopes = new HashMap<>();

  GuestPlayers(
      Hypervisor hypervisor,
      Backdoor backdoor,
      TimeSource time,
      ScriptSource scripts,
      @Nullable Datastore disks,
      Pulse pulse,
      ToldWatches watches) {
    this.hypervisor = hypervisor;
    this.backdoor = backdoor;
    this.time = time;
    this.scripts = scripts;
    this.disks = disks;
    this.pulse = pulse;
    this.watches = watches;
  }

  /**
   * Lets the guest of a VM do what the VM's state asks for, and returns when it has, and all who
   * watch have been told of it.
   *
   * @param boots whether a guest is to be booted if the VM is on without one
   */
  void settle(String id, boolean boots) {
    run(
        () -> {
          play(id, boots);
          watches.awaitTold(id);
        });
  }

  /** Returns when those who watch have been told of all VMs of a scope. */
  void settleScope(String scope) {
    run(() -> hypervisor.list(scope).forEach(vm -> watches.awaitTold(vm.id())));
  }

  private void play(String id, boolean boots) {
    Optional<VmRecord> found = find(id);
    if (found.isPresent()) {
      scopes.computeIfAbsent(found.get().scope(), scope -> hypervisor.watch(scope, new Look()));
      vms.computeIfAbsent(id, key -> new PlayedVm(this, key)).play(found.get(), boots);
    } else {
      PlayedVm gone = vms.remove(id);
      if (gone != null) {
        gone.losePower();
      }
    }
  }

  /** Whatever has changed: it may be a command, or the power. */
  private final class Look implements VmListener {
    @Override
    public void changed(VmRecord vm) {
      look(vm.id());
    }

    @Override
    public void vanished(String id) {
      look(id);
    }

    private void look(String id) {
      pulse.beat();
      if (toLookAt.add(id)) {
        try {
          thread.execute(() -> lookAt(id));
        } catch (RejectedExecutionException e) {
          toLookAt.remove(id); // Closed: nobody is played any more.
        }
      }
    }
  }

  private void lookAt(String id) {
    toLookAt.remove(id);
    try {
      play(id, false);
    } catch (RuntimeException | Error e) {
      if (!closed) {
        failure = e; // The next one who waits for the guests is told.
      }
    }
  }

  /** Runs on the thread, and waits for it whatever comes: a guest heeds no interruption. */
  private void run(Runnable work) {
    Future<?> done;
    try {
      done = thread.submit(work);
    } catch (RejectedExecutionException e) {
      return;
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          done.get();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (!closed) {
        throw new IllegalStateException("a guest could not be played", e.getCause());
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    Throwable earlier = failure;
    if (earlier != null) {
      throw new IllegalStateException("a guest could not be played", earlier);
    }
  }

  @Override
  public TimeSource time() {
    return time;
  }

  @Override
  public ScriptSource scripts() {
    return scripts;
  }

  @Override
  public Backdoor backdoor() {
    return backdoor;
  }

  @Override
  public Optional<Datastore> disks() {
    return Optional.ofNullable(disks);
  }

  @Override
  public Optional<VmRecord> find(String id) {
    return pulse.found("VM " + id, () -> hypervisor.find(id));
  }

  @Override
  public void awaitShown(String id, String what, Predicate<Optional<VmRecord>> condition) {
    pulse.await(what + " of VM " + id, () -> condition.test(hypervisor.find(id)));
  }

  @Override
  public void perform(String id, Runnable work) {
    run(
        () -> {
          work.run();
          watches.awaitTold(id);
        });
  }

  @Override
  public void close() {
    try {
      run(
          () -> {
            closed = true;
            vms.values().forEach(PlayedVm::losePower);
            scopes.values().forEach(Subscription::close);
          });
    } finally {
      thread.shutdown();
    }
  }
}
