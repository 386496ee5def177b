package io.vic4j.testkit;

import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.FollowedLog;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestLinks;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.testkit.FaultPlan.Operation;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A hypervisor that fails as a {@link FaultPlan} has it, and else does as the one below it. */
public final class FaultyHypervisor implements Hypervisor {
  private final Hypervisor below;
  private final FaultPlan faults;

  private FaultyHypervisor(Hypervisor below, FaultPlan faults) {
    this.below = below;
    this.faults = faults;
  }

  /** This hypervisor, with faults. */
  public static FaultyHypervisor over(Hypervisor below, FaultPlan faults) {
    return new FaultyHypervisor(below, faults);
  }

  @Override
  public String name() {
    return below.name();
  }

  @Override
  public HypervisorCapacity capacity() {
    return faults.run(Operation.CAPACITY, below::capacity);
  }

  @Override
  public Optional<String> networkProblem(String network) {
    return faults.run(Operation.NETWORK_PROBLEM, () -> below.networkProblem(network));
  }

  @Override
  public VmRecord create(VmDefinition definition) {
    return faults.run(Operation.CREATE_VM, () -> below.create(definition));
  }

  @Override
  public Optional<VmRecord> find(String id) {
    return faults.run(Operation.FIND_VM, () -> below.find(id));
  }

  @Override
  public Optional<VmRecord> findByName(String scope, String name) {
    return faults.run(Operation.FIND_VM, () -> below.findByName(scope, name));
  }

  @Override
  public List<VmRecord> list(String scope) {
    return faults.run(Operation.FIND_VM, () -> below.list(scope));
  }

  @Override
  public VmRecord powerOn(String id) {
    return faults.run(Operation.POWER_ON, () -> below.powerOn(id));
  }

  @Override
  public VmRecord powerOff(String id) {
    return faults.run(Operation.POWER_OFF, () -> below.powerOff(id));
  }

  @Override
  public void remove(String id) {
    faults.run(Operation.REMOVE_VM, () -> below.remove(id));
  }

  @Override
  public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
    return faults.run(Operation.RECONFIGURE, () -> below.reconfigure(id, changes, changeVersion));
  }

  @Override
  public VmRecord plug(String id, List<DiskAttachment> disks) {
    return faults.run(Operation.PLUG, () -> below.plug(id, disks));
  }

  @Override
  public VmRecord rename(String id, String name) {
    return faults.run(Operation.RENAME_VM, () -> below.rename(id, name));
  }

  @Override
  public void send(String id, GuestCommand command) {
    faults.run(Operation.SEND, () -> below.send(id, command));
  }

  @Override
  public Subscription watch(String scope, VmListener listener) {
    return faults.run(Operation.WATCH, () -> below.watch(scope, listener));
  }

  @Override
  public InputStream openLog(String id, String log, long from) {
    return faults.run(Operation.OPEN_LOG, () -> below.openLog(id, log, from));
  }

  @Override
  public FollowedLog followLog(String id, String log, long from) {
    return faults.run(Operation.OPEN_LOG, () -> below.followLog(id, log, from));
  }

  @Override
  public Optional<GuestLinks> guestLinks() {
    return below
        .guestLinks()
        .map(
            links ->
                (id, receiver) -> faults.run(Operation.OPEN_LINK, () -> links.open(id, receiver)));
  }
}
