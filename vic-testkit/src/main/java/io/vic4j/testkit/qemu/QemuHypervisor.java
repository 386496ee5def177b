package io.vic4j.testkit.qemu;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.link.LinkStream;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.FollowedLog;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestLinks;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VariableCommands;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.testkit.DiskUse;
import io.vic4j.testkit.Watches;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hypervisor whose VMs are processes of QEMU on this machine, which must run Linux. It needs no
 * root and no KVM. VMs boot the bootstrap ISO, or its kernel, and their tether runs the sessions.
 *
 * <p>VMs survive the program: who opens a hypervisor over the same datastore later finds them, on
 * or off, with their sessions and logs. One program at a time has the VMs of a datastore.
 *
 * <p>Without KVM a VM takes a quarter of its time to boot if it goes on from a template: a machine
 * of as many processors and as much memory, which is saved when its kernel has booted. The first VM
 * of a kind makes it, in the folder {@code templates} of the datastore; the four that were used
 * last are kept, of some 110 MB each. VMs that go on from one have fresh random numbers and the
 * right time, but share what a kernel draws by lot for itself at its boot, such as addresses.
 *
 * <p>For what starts VMs again and again, {@linkplain QemuSettings#withStandby machines stand by}:
 * they have gone on from a template already, and have run a first, small session, so that all that
 * a start needs was translated before. One of them becomes a VM in a third of a template's time.
 * The next one is made while it runs; each takes some 110 MB of memory and, while nobody needs it,
 * next to no time. They end when the hypervisor is closed, or its program ends.
 *
 * <p>What is kept of VMs is in the folder {@code vms} of the datastore. Layers and read-only
 * volumes are opened read-only, by many VMs at once. Networks are QEMU's user-mode networks,
 * whatever they are called: guests reach the outside, and are reached through the ports that the
 * network attachment forwards. Shares are left: VMs weigh as processes do.
 *
 * <p>Thread-safe. Closing it ends its threads, and its VMs where the settings say so; closing twice
 * is fine. Afterwards all methods throw {@link UnavailableException}.
 */
public final class QemuHypervisor implements Hypervisor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QemuHypervisor.class);
  private static final DatastorePath VMS = DatastorePath.parse("vms");

  private final LocalDatastore datastore;
  private final QemuSettings settings;
  private final Ownership ownership;
  private final Launcher launcher;
  private final VariableCommands commands;
  private final GuestWatch guests;

  // Guards all that follows, VMs included. Listeners are never called under it.
  private final Object lock = new Object();
  private final QemuVms vms = new QemuVms();
  private final DiskUse diskUse = new DiskUse();
  private final Watches watches = new Watches();
  private boolean closed;
  private final VmWaits waits = new VmWaits(lock, () -> closed, vms::find);

  private QemuHypervisor(LocalDatastore datastore, QemuSettings settings) {
    this.datastore = datastore;
    this.settings = settings;
    this.ownership = Ownership.of(datastore.localPath(VMS));
    this.launcher = new Launcher(datastore, settings);
    this.guests = new GuestWatch();
    this.commands = VariableCommands.over(machines(), settings.commandTimeout());
    try {
      readAll();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * The VMs of a datastore.
   *
   * @param datastore where their disks are, and what is kept of them
   * @throws UnavailableException if another program has them
   */
  public static QemuHypervisor open(LocalDatastore datastore, QemuSettings settings) {
    return new QemuHypervisor(datastore, settings);
  }

  private void readAll() {
    try (Stream<Path> folders = Files.list(datastore.localPath(VMS))) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        read(new VmFolder(folder));
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot list the VMs of " + datastore.name(), e);
    }
  }

  private void read(VmFolder folder) {
    if (!Files.exists(folder.state())) {
      folder.delete(); // A crash cut its making or its removal short.
      return;
    }
    QemuVm vm;
    try {
      vm = new QemuVm(folder, VmState.read(folder.state()));
    } catch (CorruptException e) {
      log.error("a VM cannot be read, and is left alone", e);
      return;
    }
    synchronized (lock) {
      vms.add(vm);
      diskUse.own(vm.definition());
      boolean unused = vm.hear();
    }
    QemuProcess.find(folder.running())
        .ifPresent(
            process -> {
              synchronized (lock) {
                diskUse.plugIn(vm.definition());
              }
              attend(vm, process);
              // What was said while nobody was there to tell it.
              process.tellAll(locked(vm::changedSinceBoot));
            });
  }

  /** From now on a process is a VM's. */
  private void attend(QemuVm vm, QemuProcess process) {
    locked(
        () -> {
          vm.runsIn(process);
          publish(vm);
          return vm;
        });
    guests.add(vm.folder.guestFolder(), () -> heard(vm));
    process.watch(() -> ended(vm, process));
    heard(vm); // What it wrote before it was watched.
  }

  private void heard(QemuVm vm) {
    news(
        () -> {
          if (vm.hear()) {
            publish(vm);
          }
        });
  }

  private void ended(QemuVm vm, QemuProcess process) {
    news(
        () -> {
          if (vm.process() == process) {
            vm.ended();
            process.forget();
            diskUse.unplug(vm.definition());
            publish(vm);
          }
        });
  }

  @Override
  public String name() {
    return "QEMU";
  }

  @Override
  public HypervisorCapacity capacity() {
    CancelledException.throwIfInterrupted("look at the capacity");
    return locked(
        () -> {
          List<VmDefinition> on =
              vms.all().stream()
                  .filter(vm -> vm.process() != null)
                  .map(QemuVm::definition)
                  .toList();
          return HostMachine.usedBy(
              on.stream().mapToLong(VmDefinition::cpus).sum(),
              on.stream().mapToLong(vm -> vm.memory().bytes()).sum());
        });
  }

  /** There is none: each VM has a network of QEMU's own, whatever its name. */
  @Override
  public Optional<String> networkProblem(String network) {
    return Optional.empty();
  }

  @Override
  public VmRecord create(VmDefinition definition) {
    CancelledException.throwIfInterrupted("making of VM", definition.name());
    definition.disks().forEach(disk -> checkThere("disk", disk.vmdk()));
    definition.bootstrapIso().ifPresent(iso -> checkThere("bootstrap ISO", iso));
    VmFolder folder = new VmFolder(datastore.localPath(VMS.resolve(definition.id())));
    return locked(
        () -> {
          vms.checkNew(definition);
          diskUse.own(definition);
          try {
            Files.createDirectories(folder.guestFolder());
            Files.createDirectories(folder.logFolder());
            VmState state = new VmState(definition, 1, 0);
            state.write(folder.state());
            QemuVm vm = new QemuVm(folder, state);
            vms.add(vm);
            publish(vm);
            return vm.record();
          } catch (IOException | RuntimeException e) {
            diskUse.disown(definition);
            folder.delete();
            throw e instanceof RuntimeException known
                ? known
                : new UnavailableException("cannot keep VM " + definition.name(), e);
          }
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
    return locked(() -> Optional.ofNullable(vms.find(id)).map(QemuVm::record));
  }

  @Override
  public Optional<VmRecord> findByName(String scope, String name) {
    CancelledException.throwIfInterrupted("look-up of VM", name);
    return locked(() -> vms.findByName(scope, name).map(QemuVm::record));
  }

  @Override
  public List<VmRecord> list(String scope) {
    CancelledException.throwIfInterrupted("list of VMs");
    return locked(() -> vms.of(scope).stream().map(QemuVm::record).toList());
  }

  @Override
  public VmRecord powerOn(String id) {
    CancelledException.throwIfInterrupted("power-on of VM", id);
    QemuVm vm = locked(() -> vms.get(id));
    synchronized (vm.turn) {
      boolean on =
          locked(
              () -> {
                if (vms.get(id).process() != null) {
                  return true;
                }
                diskUse.plugIn(vm.definition());
                return false;
              });
      if (!on) {
        start(vm);
      }
      return locked(vm::record);
    }
  }

  private void start(QemuVm vm) {
    try {
      VmDefinition machine = locked(vm::beginAnew);
      attend(vm, launcher.start(machine, vm.folder));
    } catch (RuntimeException e) {
      news(() -> diskUse.unplug(vm.definition()));
      throw e;
    }
  }

  @Override
  public VmRecord powerOff(String id) {
    CancelledException.throwIfInterrupted("power-off of VM", id);
    QemuVm vm = locked(() -> vms.get(id));
    synchronized (vm.turn) {
      Optional<QemuProcess> process = locked(() -> Optional.ofNullable(vms.get(id).process()));
      process.ifPresent(QemuProcess::end);
      return locked(vm::record);
    }
  }

  @Override
  public void remove(String id) {
    CancelledException.throwIfInterrupted("removal of VM", id);
    QemuVm vm = locked(() -> vms.get(id));
    synchronized (vm.turn) {
      locked(
          () -> {
            if (vms.get(id).process() != null) {
              throw new ConflictException(
                  "VM " + vm.definition().name() + " cannot be removed: it is on; stop it first");
            }
            return vm;
          });
      // Disks first: if that fails, the VM is still there to be removed again.
      for (DiskAttachment disk : vm.definition().disks()) {
        if (disk.role().isOwn()) {
          datastore.delete(disk.vmdk().parent());
        }
      }
      locked(
          () -> {
            VmDefinition gone = vm.definition();
            vm.folder.delete();
            vms.remove(id);
            diskUse.disown(gone);
            watches.add(gone.scope(), listener -> listener.vanished(id));
            lock.notifyAll();
            return vm;
          });
    }
  }

  @Override
  public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
    CancelledException.throwIfInterrupted("change of VM", id);
    return locked(
        () -> {
          QemuVm vm = vms.get(id);
          vm.reconfigure(changes, changeVersion);
          publish(vm);
          QemuProcess process = vm.process();
          if (process != null) {
            process.tellAll(changes);
          }
          return vm.record();
        });
  }

  @Override
  public VmRecord plug(String id, List<DiskAttachment> disks) {
    CancelledException.throwIfInterrupted("plugging of disks into VM", id);
    disks.forEach(disk -> checkThere("disk", disk.vmdk()));
    QemuVm vm = locked(() -> vms.get(id));
    synchronized (vm.turn) {
      List<DiskAttachment> there = locked(() -> vms.get(id).definition().disks());
      List<DiskAttachment> further = disks.stream().filter(it -> !there.contains(it)).toList();
      if (further.isEmpty()) {
        return locked(vm::record);
      }
      locked(
          () -> {
            diskUse.own(id, further);
            if (vm.process() != null) {
              diskUse.plugIn(id, further);
            }
            return vm;
          });
      try {
        Optional<QemuProcess> process = locked(() -> Optional.ofNullable(vm.process()));
        if (process.isPresent()) {
          for (int i = 0; i < further.size(); i++) {
            DiskAttachment disk = further.get(i);
            Path vmdk = datastore.localPath(disk.vmdk());
            process.get().plug(there.size() + i, vmdk, disk.role());
          }
        }
        return locked(
            () -> {
              vm.plug(further);
              publish(vm);
              return vm.record();
            });
      } catch (RuntimeException e) {
        news(() -> diskUse.unplug(id, further));
        throw e;
      }
    }
  }

  @Override
  public VmRecord rename(String id, String name) {
    CancelledException.throwIfInterrupted("renaming of VM", id);
    return locked(
        () -> {
          QemuVm vm = vms.get(id);
          if (!vm.definition().name().equals(name)) {
            vms.checkFree(vm.definition().scope(), name);
            vm.rename(name);
            publish(vm);
          }
          return vm.record();
        });
  }

  @Override
  public void send(String id, GuestCommand command) {
    CancelledException.throwIfInterrupted("command to VM", id);
    commands.send(id, command);
  }

  @Override
  public Subscription watch(String scope, VmListener listener) {
    CancelledException.throwIfInterrupted("watch of", scope);
    return locked(() -> watches.open(scope, listener, list(scope)));
  }

  @Override
  public InputStream openLog(String id, String log, long from) {
    CancelledException.throwIfInterrupted("read of a log of VM", id);
    QemuVm vm = locked(() -> vms.get(id));
    return vm.folder.openLog(vm.logNumber(log), from);
  }

  @Override
  public FollowedLog followLog(String id, String log, long from) {
    CancelledException.throwIfInterrupted("read of a log of VM", id);
    QemuVm vm = locked(() -> vms.get(id));
    LogGrowth growth = new LogGrowth(vm.folder, vm.logNumber(log), waits.forLogsOf(id));
    guests.add(vm.folder.logFolder(), waits::wake);
    return new FollowedLog(growth, from);
  }

  @Override
  public Optional<GuestLinks> guestLinks() {
    return Optional.of(this::openLink);
  }

  private LinkStream openLink(String id, LinkStream.Receiver receiver) {
    CancelledException.throwIfInterrupted("connection to the guest of VM", id);
    QemuVm vm = locked(() -> vms.get(id));
    return locked(() -> Optional.ofNullable(vm.process()))
        .orElseThrow(() -> new ConflictException("VM " + vm.definition().name() + " is not on"))
        .openLink(receiver);
  }

  private <T> T locked(Supplier<T> work) {
    try {
      synchronized (lock) {
        if (closed) {
          throw new UnavailableException("this hypervisor is closed; open another one", null);
        }
        return work.get();
      }
    } finally {
      watches.deliver();
    }
  }

  /** Does what a VM has given cause for; once this is closed, nobody wants to know. */
  private void news(Runnable work) {
    try {
      synchronized (lock) {
        if (!closed) {
          work.run();
        }
      }
    } finally {
      watches.deliver();
    }
  }

  private void publish(QemuVm vm) {
    VmRecord record = vm.record();
    watches.add(record.scope(), listener -> listener.changed(record));
    lock.notifyAll();
  }

  @Override
  public void close() {
    List<QemuProcess> running;
    synchronized (lock) {
      if (closed) {
        return;
      }
      running = vms.all().stream().map(QemuVm::process).flatMap(Stream::ofNullable).toList();
    }
    running.forEach(settings.stopOnClose() ? QemuProcess::end : process -> {});
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    running.forEach(QemuProcess::leave);
    launcher.close();
    guests.close();
    ownership.close();
  }

  /** How many machines stand by now. */
  int standbys() {
    return launcher.standbys();
  }

  /** Its VMs, for who speaks with guests through variables. */
  VariableCommands.Machines machines() {
    return new Told();
  }

  /** How guests are told anything through variables. */
  private final class Told implements VariableCommands.Machines {
    @Override
    public Optional<VmRecord> find(String id) {
      return QemuHypervisor.this.find(id);
    }

    @Override
    public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
      return QemuHypervisor.this.reconfigure(id, changes, changeVersion);
    }

    @Override
    public Optional<VmRecord> await(String id, Predicate<VmRecord> condition, Duration timeout) {
      return waits.await(id, condition, timeout);
    }
  }
}
