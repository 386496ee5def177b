package io.vic4j.testkit;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.FollowedLog;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestLinks;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VariableCommands;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A hypervisor in memory without guests, as unhelpful as one beyond a network may be: it is read
 * from a {@link DelayedView} that learns of every change some time later, and its listeners later
 * still. Calls that change something wait for the view; who comes through the {@link #backdoor}
 * does not. Guests are told things through variables.
 */
final class BareHypervisor implements Hypervisor, AutoCloseable {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);

  private final Datastore datastore;
  private final DelayedView view;
  private final VariableCommands commands =
      VariableCommands.over(new ViewedMachines(), ANSWER_TIMEOUT);

  // What is really there. Guards itself.
  private final Map<String, BareVm> vms = new TreeMap<>();
  private final DiskUse diskUse = new DiskUse();
  private long boots;

  BareHypervisor(Datastore datastore, long seed) {
    this.datastore = datastore;
    this.view = new DelayedView(seed);
  }

  /** What really changes a VM, and for all who wait for the view to show it. */
  private VmRecord change(String id, Consumer<BareVm> change) {
    CancelledException.throwIfInterrupted("change of VM " + id);
    VmRecord record;
    DelayedView.Change shown;
    synchronized (vms) {
      BareVm vm = vm(id);
      change.accept(vm);
      record = vm.record();
      shown = view.put(record);
    }
    shown.await();
    return record;
  }

  private BareVm vm(String id) {
    BareVm vm = vms.get(id);
    if (vm == null) {
      throw new NotFoundException("container vm", id);
    }
    return vm;
  }

  /** How a guest writes: the view learns of it later, and nobody waits for that. */
  Backdoor backdoor() {
    return new Backdoor() {
      @Override
      public void setVariables(String id, Map<String, String> changes) {
        behindTheBack(id, vm -> vm.set(changes));
      }

      @Override
      public void appendLog(String id, String log, byte[] content) {
        behindTheBack(id, vm -> vm.log(log).writeBytes(content));
      }

      @Override
      public void powerOff(String id) {
        behindTheBack(id, BareHypervisor.this::cutPower);
      }
    };
  }

  private void behindTheBack(String id, Consumer<BareVm> change) {
    synchronized (vms) {
      BareVm vm = vm(id);
      change.accept(vm);
      DelayedView.Change unused = view.put(vm.record());
    }
  }

  /** Suspends a VM, as an administrator might. */
  void suspend(String id) {
    VmRecord unused = change(id, vm -> vm.power = PowerState.SUSPENDED);
  }

  @Override
  public String name() {
    return "bare";
  }

  @Override
  public HypervisorCapacity capacity() {
    synchronized (vms) {
      List<VmDefinition> on =
          vms.values().stream()
              .filter(vm -> vm.power == PowerState.ON)
              .map(vm -> vm.definition)
              .toList();
      return HostResources.GENEROUS.usedBy(
          on.stream().mapToLong(VmDefinition::cpus).sum(),
          on.stream().mapToLong(vm -> vm.memory().bytes()).sum());
    }
  }

  @Override
  public Optional<String> networkProblem(String network) {
    return Optional.empty();
  }

  @Override
  public VmRecord create(VmDefinition definition) {
    CancelledException.throwIfInterrupted("making of VM " + definition.name());
    for (DiskAttachment disk : definition.disks()) {
      checkThere(disk.vmdk());
    }
    definition.bootstrapIso().ifPresent(this::checkThere);
    VmRecord record;
    DelayedView.Change shown;
    synchronized (vms) {
      if (vms.containsKey(definition.id())) {
        throw new AlreadyExistsException("container vm", definition.id());
      }
      checkFree(definition.id(), definition.scope(), definition.name());
      diskUse.own(definition);
      BareVm vm = new BareVm(definition);
      vms.put(definition.id(), vm);
      record = vm.record();
      shown = view.put(record);
    }
    shown.await();
    return record;
  }

  private void checkThere(DatastorePath file) {
    if (datastore.stat(file).isEmpty()) {
      throw new NotFoundException("disk", file.toString());
    }
  }

  private void checkFree(String id, String scope, String name) {
    for (BareVm other : vms.values()) {
      boolean sameName = other.definition.scope().equals(scope) && other.name.equals(name);
      if (sameName && !other.definition.id().equals(id)) {
        throw new AlreadyExistsException("container vm", name);
      }
    }
  }

  @Override
  public Optional<VmRecord> find(String id) {
    CancelledException.throwIfInterrupted("look-up of VM " + id);
    return view.find(id);
  }

  @Override
  public Optional<VmRecord> findByName(String scope, String name) {
    return list(scope).stream().filter(vm -> vm.name().equals(name)).findFirst();
  }

  @Override
  public List<VmRecord> list(String scope) {
    CancelledException.throwIfInterrupted("list of VMs");
    return view.list(scope);
  }

  @Override
  public VmRecord powerOn(String id) {
    return change(
        id,
        vm -> {
          if (vm.power == PowerState.OFF) {
            diskUse.plugIn(vm.definition);
            boots++;
            vm.bootTime = Optional.of(Instant.EPOCH.plusSeconds(boots));
          }
          vm.power = PowerState.ON;
        });
  }

  @Override
  public VmRecord powerOff(String id) {
    return change(id, this::cutPower);
  }

  private void cutPower(BareVm vm) {
    if (vm.power != PowerState.OFF) {
      vm.power = PowerState.OFF;
      vm.bootTime = Optional.empty();
      diskUse.unplug(vm.definition);
    }
  }

  @Override
  public void remove(String id) {
    CancelledException.throwIfInterrupted("removal of VM " + id);
    DelayedView.Change shown;
    synchronized (vms) {
      BareVm vm = vm(id);
      if (vm.power != PowerState.OFF) {
        throw new ConflictException("VM " + vm.name + " is " + vm.power);
      }
      for (DiskAttachment disk : vm.definition.disks()) {
        if (disk.role().isOwn()) {
          datastore.delete(disk.vmdk().parent());
        }
      }
      diskUse.disown(vm.definition);
      vms.remove(id);
      shown = view.remove(id);
    }
    shown.await();
  }

  @Override
  public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
    return change(
        id,
        vm -> {
          if (!vm.record().changeVersion().equals(changeVersion)) {
            throw new ConflictException("VM " + vm.name + " was reconfigured meanwhile");
          }
          vm.set(changes);
        });
  }

  @Override
  public VmRecord plug(String id, List<DiskAttachment> disks) {
    disks.forEach(disk -> checkThere(disk.vmdk()));
    return change(
        id,
        vm -> {
          List<DiskAttachment> further =
              disks.stream().filter(disk -> !vm.definition.disks().contains(disk)).toList();
          if (vm.power == PowerState.SUSPENDED) {
            throw new ConflictException("VM " + vm.name + " is suspended");
          }
          if (!further.isEmpty()) {
            diskUse.own(id, further);
            if (vm.power == PowerState.ON) {
              diskUse.plugIn(id, further);
            }
            vm.plug(further);
          }
        });
  }

  @Override
  public VmRecord rename(String id, String name) {
    return change(
        id,
        vm -> {
          checkFree(id, vm.definition.scope(), name);
          vm.rename(name);
        });
  }

  @Override
  public void send(String id, GuestCommand command) {
    commands.send(id, command);
  }

  @Override
  public Subscription watch(String scope, VmListener listener) {
    CancelledException.throwIfInterrupted("watch of " + scope);
    return view.watch(scope, listener);
  }

  @Override
  public InputStream openLog(String id, String log, long from) {
    synchronized (vms) {
      byte[] all = vm(id).log(log).toByteArray();
      int start = (int) Math.min(from, all.length);
      return new ByteArrayInputStream(all, start, all.length - start);
    }
  }

  @Override
  public FollowedLog followLog(String id, String log, long from) {
    throw new UnsupportedOperationException("nobody follows logs here");
  }

  @Override
  public Optional<GuestLinks> guestLinks() {
    return Optional.empty();
  }

  @Override
  public void close() {
    view.close();
  }

  /** What the sending of commands needs. */
  private final class ViewedMachines implements VariableCommands.Machines {
    @Override
    public Optional<VmRecord> find(String id) {
      return BareHypervisor.this.find(id);
    }

    @Override
    public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
      return BareHypervisor.this.reconfigure(id, changes, changeVersion);
    }

    @Override
    public Optional<VmRecord> await(String id, Predicate<VmRecord> condition, Duration timeout) {
      return view.await(id, condition, timeout);
    }
  }
}
