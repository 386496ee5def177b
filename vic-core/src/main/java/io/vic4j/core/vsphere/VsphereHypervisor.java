package io.vic4j.core.vsphere;

import com.vmware.vim25.InvalidPowerState;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualMachineConfigSpec;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
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
import io.vic4j.core.vm.VariableLinks;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** VMs on vSphere. What is asked of them is answered from a view that the server keeps current. */
final class VsphereHypervisor implements Hypervisor {
  /** How long the news of what a task has done may take to come; then one looks. */
  private static final Duration NEWS = Duration.ofSeconds(5);

  /** How long a guest may take to notice a command. */
  private static final Duration GUEST_TIMEOUT = Duration.ofSeconds(10);

  /** How often one who follows a log looks whether it has grown. */
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(1);

  private final VimSession session;
  private final VimTasks tasks;
  private final Site site;
  private final VsphereDatastore datastore;
  private final VmView view;
  private final UpdateLoop loop;
  private final VmNames names;
  private final VmCreation creation;
  private final VmRemoval removal;
  private final VariableCommands commands;
  private final VariableLinks links;
  private final Networks networks;
  private final VmPlugging plugging;

  VsphereHypervisor(
      VimSession session,
      VimTasks tasks,
      Site site,
      VsphereDatastore datastore,
      VmView view,
      UpdateLoop loop,
      VmNames names,
      Networks networks,
      VmCreation creation) {
    this.session = session;
    this.tasks = tasks;
    this.site = site;
    this.datastore = datastore;
    this.view = view;
    this.loop = loop;
    this.names = names;
    this.networks = networks;
    this.creation = creation;
    this.plugging = new VmPlugging(session, tasks, datastore);
    this.removal = new VmRemoval(session, tasks, datastore, datastore.files());
    Told guests = new Told();
    this.commands = VariableCommands.over(guests, GUEST_TIMEOUT);
    this.links = VariableLinks.over(guests);
  }

  /** How guests are told anything: through the variables, as vSphere has no other channel. */
  private final class Told implements VariableCommands.Machines {
    @Override
    public Optional<VmRecord> find(String id) {
      return VsphereHypervisor.this.find(id);
    }

    @Override
    public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
      return VsphereHypervisor.this.reconfigure(id, changes, changeVersion);
    }

    @Override
    public Optional<VmRecord> await(String id, Predicate<VmRecord> condition, Duration timeout) {
      return view.awaitRecord(id, condition, timeout);
    }
  }

  @Override
  public String name() {
    return "vSphere at " + session.client().sdk().getHost();
  }

  @Override
  public HypervisorCapacity capacity() {
    CancelledException.throwIfInterrupted("look at the resource pool");
    return PoolCapacity.read(new Properties(session), site);
  }

  @Override
  public Optional<String> networkProblem(String network) {
    CancelledException.throwIfInterrupted("look at network", network);
    return networks.problem(network);
  }

  @Override
  public VmRecord create(VmDefinition definition) {
    CancelledException.throwIfInterrupted("making of VM", definition.name());
    if (view.find(definition.id()).isPresent()
        || view.find(definition.scope(), definition.name()).isPresent()) {
      throw new AlreadyExistsException("container vm", definition.name());
    }
    definition.disks().forEach(this::requireFree);
    ManagedObjectReference made = creation.create(definition, () -> isShown(definition.id()));
    if (!view.await(definition.id(), vm -> vm != null, NEWS) && made != null) {
      loop.refresh(made);
    }
    return view.find(definition.id())
        .map(KnownVm::record)
        .orElseThrow(
            () ->
                made == null
                    ? new AlreadyExistsException("container vm", definition.name())
                    : new UnavailableException(
                        "VM " + definition.name() + " was made, but vSphere does not show it",
                        null));
  }

  /** Whether the news of a VM comes, where nobody knows whether it was made. */
  private boolean isShown(String id) {
    try {
      return view.await(id, vm -> vm != null, NEWS) || view.find(id).isPresent();
    } catch (VicException e) {
      return false; // Who asks has the first failure to tell.
    }
  }

  private void requireFree(DiskAttachment disk) {
    if (!disk.role().isOwn()) {
      return;
    }
    String path = disk.vmdk().toString();
    view.findAny(vm -> VmKeys.lines(vm.extra(), VmKeys.SCRATCH).contains(path))
        .ifPresent(
            owner -> {
              throw new ConflictException(
                  "scratch disk '" + path + "' is that of " + owner.title() + " already");
            });
  }

  @Override
  public Optional<VmRecord> find(String id) {
    CancelledException.throwIfInterrupted("look-up of VM", id);
    return view.find(id).map(KnownVm::record);
  }

  @Override
  public Optional<VmRecord> findByName(String scope, String name) {
    CancelledException.throwIfInterrupted("look-up of VM", name);
    return view.find(scope, name).map(KnownVm::record);
  }

  @Override
  public List<VmRecord> list(String scope) {
    CancelledException.throwIfInterrupted("list of VMs");
    return view.list(scope);
  }

  private KnownVm require(String id) {
    return view.find(id).orElseThrow(() -> new NotFoundException("container vm", id));
  }

  private KnownVm reachable(String id) {
    KnownVm vm = require(id);
    if (vm.record().power() == PowerState.UNKNOWN) {
      throw new UnavailableException("the host of " + vm.title() + " does not answer", null);
    }
    return vm;
  }

  /** How a VM is once the news of a change has come. */
  private VmRecord after(KnownVm vm, Predicate<KnownVm> changed) {
    Predicate<@Nullable KnownVm> condition = now -> now == null || changed.test(now);
    if (!view.await(vm.id(), condition, NEWS)) {
      loop.refresh(vm.reference());
    }
    return require(vm.id()).record();
  }

  @Override
  public VmRecord powerOn(String id) {
    CancelledException.throwIfInterrupted("power-on of VM", id);
    KnownVm vm = reachable(id);
    if (vm.record().power() == PowerState.ON) {
      return vm.record();
    }
    removal.requireWhole(vm);
    power(
        "power-on of " + vm.title(),
        vm,
        PowerState.ON,
        vim -> vim.powerOnVM_Task(vm.reference(), site.host()));
    return after(vm, now -> now.record().power() != vm.record().power());
  }

  @Override
  public VmRecord powerOff(String id) {
    CancelledException.throwIfInterrupted("power-off of VM", id);
    KnownVm vm = reachable(id);
    if (vm.record().power() == PowerState.OFF) {
      return vm.record();
    }
    power(
        "power-off of " + vm.title(),
        vm,
        PowerState.OFF,
        vim -> vim.powerOffVM_Task(vm.reference()));
    return after(vm, now -> now.record().power() == PowerState.OFF);
  }

  /** Switches the power. To find it as it should be is as good as to switch it. */
  private void power(
      String what, KnownVm vm, PowerState wanted, VimCall<ManagedObjectReference> task) {
    try {
      tasks.repeat(what, task, failure -> false);
    } catch (ConflictException e) {
      boolean other =
          e.getCause() instanceof SoapFault fault
              && fault.fault().orElse(null) instanceof InvalidPowerState;
      if (other) {
        loop.refresh(vm.reference());
      }
      if (!other || require(vm.id()).record().power() != wanted) {
        throw e;
      }
    }
  }

  @Override
  public void remove(String id) {
    CancelledException.throwIfInterrupted("removal of VM", id);
    KnownVm vm = reachable(id);
    if (vm.record().power() != PowerState.OFF) {
      throw new ConflictException(
          vm.title() + " cannot be removed: its power is " + vm.record().power());
    }
    removal.remove(vm);
    if (!view.await(id, now -> now == null, NEWS)) {
      loop.refresh(vm.reference());
    }
  }

  @Override
  public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
    CancelledException.throwIfInterrupted("change of VM", id);
    KnownVm vm = reachable(id);
    SortedMap<String, String> extra = new TreeMap<>();
    changes.forEach((key, value) -> extra.put(VmKeys.key(key), value));
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.setChangeVersion(changeVersion);
    spec.setExtraConfig(VmKeys.options(extra));
    tasks.repeat(
        "change of " + vm.title(),
        vim -> vim.reconfigVM_Task(vm.reference(), spec),
        failure -> failure instanceof ConflictException && has(vm, changes));
    return after(vm, now -> !now.record().changeVersion().equals(changeVersion));
  }

  private boolean has(KnownVm vm, Map<String, String> changes) {
    loop.refresh(vm.reference());
    Map<String, String> now = require(vm.id()).record().variables();
    return changes.entrySet().stream()
        .allMatch(change -> now.getOrDefault(change.getKey(), "").equals(change.getValue()));
  }

  @Override
  public VmRecord plug(String id, List<DiskAttachment> disks) {
    CancelledException.throwIfInterrupted("plugging of disks into VM", id);
    KnownVm vm = reachable(id);
    if (vm.record().power() == PowerState.SUSPENDED) {
      throw new ConflictException(vm.title() + " is suspended; start it, and try again");
    }
    for (DiskAttachment disk : disks) {
      if (datastore.stat(disk.vmdk()).isEmpty()) {
        throw new NotFoundException("disk", disk.vmdk().toString());
      }
    }
    return plugging.plug(vm, disks)
        ? after(vm, now -> !now.record().changeVersion().equals(vm.record().changeVersion()))
        : vm.record();
  }

  @Override
  public VmRecord rename(String id, String name) {
    CancelledException.throwIfInterrupted("renaming of VM", id);
    KnownVm vm = reachable(id);
    String scope = vm.record().scope();
    if (vm.record().name().equals(name)) {
      return vm.record();
    }
    if (view.find(scope, name).isPresent()) {
      throw new AlreadyExistsException("container vm", name);
    }
    try {
      tasks.repeat("renaming of " + vm.title(), names.renaming(vm, name), failure -> false);
    } catch (AlreadyExistsException e) {
      throw new AlreadyExistsException("container vm", name, e);
    }
    return after(vm, now -> now.record().name().equals(name));
  }

  @Override
  public void send(String id, GuestCommand command) {
    CancelledException.throwIfInterrupted("command to VM", id);
    commands.send(id, command);
  }

  @Override
  public Subscription watch(String scope, VmListener listener) {
    CancelledException.throwIfInterrupted("watch of", scope);
    return view.watch(scope, listener);
  }

  @Override
  public InputStream openLog(String id, String log, long from) {
    CancelledException.throwIfInterrupted("read of a log of VM", id);
    KnownVm vm = require(id);
    if (!VmKeys.lines(vm.extra(), VmKeys.LOGS).contains(log)) {
      throw new NotFoundException("log", log);
    }
    DatastorePath file = VmCreation.logFile(FileAddresses.parse(vm.home()).parent(), log);
    try {
      // Nobody may ask for what is behind the end (RFC 9110, section 14.1.2).
      return from > 0 && datastore.http().length(file).orElse(0) <= from
          ? InputStream.nullInputStream()
          : FileStream.open(datastore.http(), file, from);
    } catch (NotFoundException e) {
      return InputStream.nullInputStream(); // It was never on.
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
            // Nothing tells that a file has grown: one looks again from time to time.
            return !view.await(
                id,
                vm -> vm == null || vm.record().power() == PowerState.OFF,
                over.getAsBoolean() ? Duration.ZERO : LOG_INTERVAL);
          }

          @Override
          public void wake() {} // It looks again soon enough.
        },
        from);
  }

  /** Over variables: a guest here has nothing else, and its serial ports are files. */
  @Override
  public Optional<GuestLinks> guestLinks() {
    return Optional.of(links);
  }
}
