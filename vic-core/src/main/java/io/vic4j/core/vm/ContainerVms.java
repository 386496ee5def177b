package io.vic4j.core.vm;

import io.vic4j.core.CorruptException;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The container VMs of one virtual container host, over any {@link Hypervisor}: what implements
 * {@link ContainerVm}.
 *
 * <p>Nothing is kept here that the hypervisor does not keep: another one over the same hypervisor
 * and scope, in this process or in another, at the same time or after a restart, gives the same
 * VMs. It has no threads; it listens to the hypervisor's changes and never polls. What it remembers
 * is one small entry for each VM that was asked for and is still there.
 *
 * <p>Thread-safe. Closing it ends its listening, and waits of other threads with a {@link
 * io.vic4j.core.CancelledException}; the VMs go on. Closing it twice is fine.
 */
public final class ContainerVms implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ContainerVms.class);

  private final Hypervisor hypervisor;
  private final String scope;
  private final IdSource ids;
  private final VmWaiters waiters;
  private final VmLinks links;
  private final GuestSide.Ground ground;
  private final Subscription ownWatch;
  private final Map<String, HypervisorVm> vms = new ConcurrentHashMap<>();
  private final Set<Subscription> watches = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private ContainerVms(
      Hypervisor hypervisor,
      String scope,
      TimeSource time,
      IdSource ids,
      Optional<DiskFiles> files) {
    this.hypervisor = hypervisor;
    this.scope = scope;
    this.ids = ids;
    this.waiters = new VmWaiters(hypervisor, time);
    this.links = new VmLinks(hypervisor, time);
    this.ground = new GuestSide.Ground(hypervisor, waiters, links, files);
    this.ownWatch = hypervisor.watch(scope, new OwnListener());
  }

  /**
   * The container VMs of a scope, whose files cannot be copied while they are off; see {@link
   * #over(Hypervisor, String, TimeSource, IdSource, DiskFiles)}.
   */
  public static ContainerVms over(
      Hypervisor hypervisor, String scope, TimeSource time, IdSource ids) {
    return over(hypervisor, scope, time, ids, Optional.empty());
  }

  /**
   * The container VMs of a scope.
   *
   * @param hypervisor what they stand on; stays the caller's
   * @param scope whose they are: the virtual container host's name, up to 80 letters, digits and
   *     {@code _ . -}
   * @param time what waits are measured by
   * @param ids where the identifiers of new VMs come from
   * @param files reads and changes the disks of those that are off
   * @throws InvalidArgumentException if the scope is not such a name
   */
  public static ContainerVms over(
      Hypervisor hypervisor, String scope, TimeSource time, IdSource ids, DiskFiles files) {
    return over(hypervisor, scope, time, ids, Optional.of(files));
  }

  private static ContainerVms over(
      Hypervisor hypervisor,
      String scope,
      TimeSource time,
      IdSource ids,
      Optional<DiskFiles> files) {
    if (!SpecRules.NAME.matcher(scope).matches()) {
      throw new InvalidArgumentException(
          "'" + scope + "' is not a scope (want 1 to 80 letters, digits, _ . -)");
    }
    return new ContainerVms(hypervisor, scope, time, ids, files);
  }

  /**
   * Makes a VM: whole, or nothing. With success, its scratch disks are the VM's own; after a
   * failure they are still the caller's.
   *
   * @throws InvalidSpecException if the specification is too large to be kept with a VM
   * @throws io.vic4j.core.AlreadyExistsException if there is one of this name
   * @throws NotFoundException if a disk, the ISO or a network is not there
   * @throws io.vic4j.core.ConflictException if a scratch disk is another VM's already
   */
  public ContainerVm create(ContainerVmSpec spec) {
    checkOpen();
    String id = ids.next();
    VmRecord record =
        hypervisor.create(
            new VmDefinition(
                id,
                scope,
                spec.name(),
                spec.cpus(),
                spec.memory(),
                VmShares.of(spec.sessions()),
                spec.bootstrapIso(),
                spec.disks(),
                spec.networks(),
                spec.sessions().stream().map(SessionSpec::name).toList(),
                GuestProtocol.encode(id, spec)));
    return remember(record, spec);
  }

  /**
   * The VM of this identifier.
   *
   * @throws NotFoundException if this scope has none
   * @throws CorruptException if what is kept with it cannot be read
   */
  public ContainerVm get(String id) {
    checkOpen();
    return hypervisor
        .find(id)
        .filter(record -> record.scope().equals(scope))
        .map(this::vm)
        .orElseThrow(() -> new NotFoundException("container vm", id));
  }

  /** The VM of this name; empty if there is none. */
  public Optional<ContainerVm> find(String name) {
    checkOpen();
    return hypervisor.findByName(scope, name).map(this::vm);
  }

  /**
   * All VMs, sorted by name. One that cannot be read, for a later version of this library made it
   * or somebody has meddled with it, is left out and logged; {@link #get} says what is wrong with
   * it.
   */
  public List<ContainerVm> list() {
    checkOpen();
    List<ContainerVm> all = new ArrayList<>();
    for (VmRecord record : hypervisor.list(scope)) {
      readable(record).ifPresent(all::add);
    }
    return all; // Sorted by what they were called then, not by names that may change meanwhile.
  }

  private Optional<HypervisorVm> readable(VmRecord record) {
    try {
      return Optional.of(vm(record));
    } catch (CorruptException | UnsupportedException e) {
      log.warn("VM '{}' ({}) of {} cannot be read", record.name(), record.id(), scope, e);
      return Optional.empty();
    }
  }

  private HypervisorVm vm(VmRecord record) {
    HypervisorVm known = vms.get(record.id());
    if (known == null) {
      return remember(record, GuestProtocol.decodeSpec(record.name(), record.variables()));
    }
    known.saw(record);
    return known;
  }

  private HypervisorVm remember(VmRecord record, ContainerVmSpec spec) {
    // Two threads may come here with one VM; one object stays, for it carries the turns.
    HypervisorVm vm = new HypervisorVm(ground, record, spec);
    HypervisorVm known = vms.putIfAbsent(record.id(), vm);
    return known == null ? vm : known;
  }

  /**
   * Tells a listener of each VM that is there, and of each change as it comes, until it or this is
   * closed.
   */
  public Subscription watch(ContainerVmListener listener) {
    checkOpen();
    Subscription watch = hypervisor.watch(scope, new Relay(listener));
    watches.add(watch);
    return () -> {
      watches.remove(watch);
      watch.close();
    };
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("these container VMs are closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    ownWatch.close();
    watches.forEach(Subscription::close);
    waiters.close();
    links.close();
  }

  /** Wakes those who wait, and forgets VMs that are gone. */
  private final class OwnListener implements VmListener {
    @Override
    public void changed(VmRecord vm) {
      HypervisorVm known = vms.get(vm.id());
      if (known != null) {
        try {
          known.saw(vm);
        } catch (InvalidSpecException | CorruptException | UnsupportedException e) {
          log.debug("{} keeps the name that it had", known, e); // Who asks for it is told why.
        }
      }
      waiters.changed(vm);
    }

    @Override
    public void vanished(String id) {
      vms.remove(id);
      waiters.vanished(id);
    }
  }

  /** Puts a hypervisor's changes into a user's words. */
  private final class Relay implements VmListener {
    private final ContainerVmListener listener;
    private final Map<String, HypervisorVm> told = new ConcurrentHashMap<>();

    Relay(ContainerVmListener listener) {
      this.listener = listener;
    }

    @Override
    public void changed(VmRecord record) {
      readable(record)
          .ifPresent(
              vm -> {
                told.put(vm.id(), vm);
                tell(vm, vm.status(record));
              });
    }

    @Override
    public void vanished(String id) {
      HypervisorVm vm = told.remove(id);
      if (vm != null) {
        tell(vm, StatusView.REMOVED);
      }
    }

    private void tell(ContainerVm vm, ContainerVmStatus status) {
      try {
        listener.changed(vm, status);
      } catch (RuntimeException e) {
        log.warn("a listener of {} failed", vm, e);
      }
    }
  }
}
