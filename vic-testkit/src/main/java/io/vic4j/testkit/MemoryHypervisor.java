package io.vic4j.testkit;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.link.LinkStream;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.FollowedLog;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestLinks;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A hypervisor in memory. Its VMs have disks in a real {@link Datastore}, of any kind, and a guest
 * that reads the same variables as the tether, checks that the disks hold the file systems they are
 * said to hold, and runs {@link Script}s in place of programs.
 *
 * <p>It also does what a hypervisor does by itself, when a test asks for it: {@link #suspend},
 * {@link #loseSight}, {@link #loseNetwork}, {@link #silenceGuest}, {@link #vanish}.
 *
 * <p>Thread-safe. What guests do happens on the threads of the time source, or on the caller's.
 */
public final class MemoryHypervisor implements Hypervisor {
  private final Datastore datastore;
  private final TimeSource time;
  private final ScriptSource scripts;
  private final Duration bootDuration;
  private final HostResources resources;
  private final Set<String> lost = ConcurrentHashMap.newKeySet();

  // Guards all that follows, VMs included. Listeners are never called under it.
  private final Object lock = new Object();
  private final MemoryVms vms = new MemoryVms();
  private final DiskUse diskUse = new DiskUse();
  private final Watches watches = new Watches();
  private final List<PlayedLink> links = new CopyOnWriteArrayList<>();
  private final MemoryVm.Surroundings surroundings = new VmSurroundings();

  private MemoryHypervisor(
      Datastore datastore,
      TimeSource time,
      ScriptSource scripts,
      Duration bootDuration,
      HostResources resources) {
    this.datastore = datastore;
    this.time = time;
    this.scripts = scripts;
    this.bootDuration = bootDuration;
    this.resources = resources;
  }

  /** A hypervisor with {@link HostResources#GENEROUS} and with guests that boot in no time. */
  public static MemoryHypervisor create(
      Datastore datastore, TimeSource time, ScriptSource scripts) {
    return create(datastore, time, scripts, Duration.ZERO, HostResources.GENEROUS);
  }

  /**
   * A hypervisor.
   *
   * @param datastore where its VMs' disks are
   * @param time what its guests live by
   * @param scripts what its guests' processes do
   * @param bootDuration how long a guest takes from power-on to its sessions
   * @param resources what it is said to run on
   */
  public static MemoryHypervisor create(
      Datastore datastore,
      TimeSource time,
      ScriptSource scripts,
      Duration bootDuration,
      HostResources resources) {
    if (bootDuration.isNegative()) {
      throw new IllegalArgumentException("negative boot duration: " + bootDuration);
    }
    return new MemoryHypervisor(datastore, time, scripts, bootDuration, resources);
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public HypervisorCapacity capacity() {
    CancelledException.throwIfInterrupted("look at the capacity");
    synchronized (lock) {
      List<VmDefinition> on =
          vms.all().stream()
              .filter(vm -> vm.power() == PowerState.ON)
              .map(MemoryVm::definition)
              .toList();
      return resources.usedBy(
          on.stream().mapToLong(VmDefinition::cpus).sum(),
          on.stream().mapToLong(vm -> vm.memory().bytes()).sum());
    }
  }

  @Override
  public Optional<String> networkProblem(String network) {
    CancelledException.throwIfInterrupted("look at network", network);
    return lost.contains(network)
        ? Optional.of("network '" + network + "' is not there")
        : Optional.empty();
  }

  /** Takes a network away; it has those of all names else. VMs that are on it notice nothing. */
  public void loseNetwork(String network) {
    lost.add(network);
  }

  /** Gives a network back. */
  public void restoreNetwork(String network) {
    lost.remove(network);
  }

  @Override
  public VmRecord create(VmDefinition definition) {
    CancelledException.throwIfInterrupted("making of VM", definition.name());
    for (NetworkAttachment attachment : definition.networks()) {
      if (lost.contains(attachment.network())) {
        throw new NotFoundException("network", attachment.network());
      }
    }
    definition.disks().forEach(disk -> checkThere("disk", disk.vmdk()));
    definition.bootstrapIso().ifPresent(iso -> checkThere("bootstrap ISO", iso));
    return locked(
        () -> {
          vms.checkNew(definition);
          diskUse.own(definition);
          MemoryVm vm = new MemoryVm(surroundings, definition);
          vms.add(vm);
          publish(vm);
          return vm.record();
        });
  }

  private void checkThere(String kind, DatastorePath file) {
    if (datastore.stat(file).filter(entry -> !entry.isFolder()).isEmpty()) {
      throw new NotFoundException(kind, file.toString());
    }
  }

  @Override
  public Optional<VmRecord> find(String id) {
    CancelledException.throwIfInterrupted("look-up of VM", id);
    synchronized (lock) {
      return vms.find(id).map(MemoryVm::record);
    }
  }

  @Override
  public Optional<VmRecord> findByName(String scope, String name) {
    CancelledException.throwIfInterrupted("look-up of VM", name);
    synchronized (lock) {
      return vms.findByName(scope, name).map(MemoryVm::record);
    }
  }

  @Override
  public List<VmRecord> list(String scope) {
    CancelledException.throwIfInterrupted("list of VMs");
    synchronized (lock) {
      return vms.of(scope).stream().map(MemoryVm::record).toList();
    }
  }

  @Override
  public VmRecord powerOn(String id) {
    return changing(
        id,
        vm -> {
          if (vm.power() != PowerState.ON && !resources.overcommit()) {
            checkRoom(vm.definition());
          }
          if (vm.power() == PowerState.OFF) {
            vm.definition().disks().forEach(disk -> DiskCheck.requireFiles(datastore, disk));
          }
          vm.powerOn(bootDuration);
        });
  }

  private void checkRoom(VmDefinition vm) {
    long free = capacity().memoryBytes().free();
    if (vm.memory().bytes() > free) {
      throw new UnavailableException(
          "VM " + vm.name() + " needs " + vm.memory() + ", and " + free + " bytes are free", null);
    }
  }

  @Override
  public VmRecord powerOff(String id) {
    return changing(id, MemoryVm::cutPower);
  }

  @Override
  public void remove(String id) {
    CancelledException.throwIfInterrupted("removal of VM", id);
    locked(
        () -> {
          MemoryVm vm = vms.reachable(id);
          if (vm.power() != PowerState.OFF) {
            throw new ConflictException(
                "VM " + vm.definition().name() + " cannot be removed: its power is " + vm.power());
          }
          // Disks first: if that fails, the VM is still there to be removed again.
          for (DiskAttachment disk : vm.definition().disks()) {
            if (disk.role().isOwn()) {
              datastore.delete(disk.vmdk().parent());
            }
          }
          forget(vm);
          return id;
        });
  }

  private void forget(MemoryVm vm) {
    VmDefinition definition = vm.definition();
    vms.remove(definition);
    diskUse.disown(definition);
    lock.notifyAll();
    watches.add(definition.scope(), listener -> listener.vanished(definition.id()));
  }

  @Override
  public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
    return changing(id, vm -> vm.reconfigure(changes, changeVersion));
  }

  @Override
  public VmRecord plug(String id, List<DiskAttachment> disks) {
    disks.forEach(disk -> checkThere("disk", disk.vmdk()));
    return changing(id, vm -> vm.plug(disks));
  }

  @Override
  public VmRecord rename(String id, String name) {
    return changing(id, vm -> vms.rename(vm, name));
  }

  @Override
  public void send(String id, GuestCommand command) {
    changing(id, vm -> vm.send(command));
  }

  @Override
  public Subscription watch(String scope, VmListener listener) {
    CancelledException.throwIfInterrupted("watch of", scope);
    return locked(() -> watches.open(scope, listener, list(scope)));
  }

  @Override
  public InputStream openLog(String id, String log, long from) {
    CancelledException.throwIfInterrupted("read of a log of VM", id);
    synchronized (lock) {
      return vms.get(id).openLog(log, from);
    }
  }

  @Override
  public FollowedLog followLog(String id, String log, long from) {
    return new FollowedLog(
        new FollowedLog.Source() {
          @Override
          public InputStream open(long position) {
            return openLog(id, log, position);
          }

          @Override
          public boolean awaitMore(long bytes, BooleanSupplier over) {
            return MemoryHypervisor.this.awaitMore(id, log, bytes, over);
          }

          @Override
          public void wake() {
            synchronized (lock) {
              lock.notifyAll();
            }
          }
        },
        from);
  }

  private boolean awaitMore(String id, String log, long bytes, BooleanSupplier over) {
    synchronized (lock) {
      try {
        while (true) {
          MemoryVm vm = vms.get(id);
          boolean on = vm.power() != PowerState.OFF;
          if (!on || over.getAsBoolean() || vm.logBytes(log) > bytes) {
            return on;
          }
          lock.wait();
        }
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "follow a log of VM " + id);
      }
    }
  }

  @Override
  public Optional<GuestLinks> guestLinks() {
    return Optional.of(this::openLink);
  }

  private LinkStream openLink(String id, LinkStream.Receiver receiver) {
    CancelledException.throwIfInterrupted("connection to the guest of VM", id);
    return locked(
        () -> {
          PlayedLink link = vms.reachable(id).openLink(receiver);
          links.add(link);
          return link;
        });
  }

  /** Suspends a VM that is on, as an administrator might. */
  public void suspend(String id) {
    changing(id, MemoryVm::suspend);
  }

  /** From now on the hypervisor cannot say how this VM is, until {@link #regainSight}. */
  public void loseSight(String id) {
    changing(id, MemoryVm::loseSight);
  }

  /** Ends what {@link #loseSight} began. */
  public void regainSight(String id) {
    locked(
        () -> {
          MemoryVm vm = vms.get(id);
          vm.regainSight();
          publish(vm);
          return vm;
        });
  }

  /**
   * From now until its next start, the guest of this VM answers no command; its processes go on.
   */
  public void silenceGuest(String id) {
    changing(id, MemoryVm::silenceGuest);
  }

  /** Makes a VM vanish, as if somebody else had removed it; its disks stay. */
  public void vanish(String id) {
    locked(
        () -> {
          MemoryVm vm = vms.get(id);
          vm.cutPower();
          forget(vm);
          return vm;
        });
  }

  private <T> T locked(Supplier<T> work) {
    try {
      synchronized (lock) {
        return work.get();
      }
    } finally {
      watches.deliver();
      if (!links.isEmpty()) {
        List<PlayedLink> over = links.stream().filter(PlayedLink::deliver).toList();
        links.removeAll(over);
      }
    }
  }

  /** What a VM was made to be, under the name that it has now; empty if there is none. */
  public Optional<VmDefinition> definition(String id) {
    synchronized (lock) {
      return vms.find(id).map(MemoryVm::definition);
    }
  }

  private VmRecord changing(String id, Consumer<MemoryVm> change) {
    CancelledException.throwIfInterrupted("change of VM", id);
    return locked(
        () -> {
          MemoryVm vm = vms.reachable(id);
          change.accept(vm);
          publish(vm);
          return vm.record();
        });
  }

  private void publish(MemoryVm vm) {
    vm.changed();
    VmRecord record = vm.record();
    watches.add(record.scope(), listener -> listener.changed(record));
    lock.notifyAll();
  }

  private final class VmSurroundings implements MemoryVm.Surroundings {
    @Override
    public Datastore datastore() {
      return datastore;
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
    public DiskUse diskUse() {
      return diskUse;
    }

    @Override
    public void locked(Runnable task) {
      MemoryHypervisor.this.locked(
          () -> {
            task.run();
            return task;
          });
    }

    @Override
    public void logged() {
      lock.notifyAll();
    }

    @Override
    public void publish(MemoryVm vm) {
      MemoryHypervisor.this.publish(vm);
    }
  }
}
