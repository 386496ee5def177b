package io.vic4j.core.vm;

import io.vic4j.core.ConflictException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** How a container VM becomes something else than it was made as. */
final class VmEdits {
  /** How long a guest may take to look at what it is to be. */
  private static final Duration NOTICE = Duration.ofSeconds(30);

  private final Hypervisor hypervisor;
  private final HypervisorVm vm;

  VmEdits(Hypervisor hypervisor, HypervisorVm vm) {
    this.hypervisor = hypervisor;
    this.vm = vm;
  }

  /** What is to become of the variables of a VM that was seen so. */
  private record Change(VmRecord seen, Map<String, String> variables) {}

  /** See {@link ContainerVm#relabel}. */
  void relabel(Map<String, String> changes) {
    VmRecord unused =
        reconfigured(
            "relabelling",
            seen ->
                new Change(
                    seen,
                    GuestProtocol.changeLabels(seen.variables(), vm.spec().relabelled(changes))));
  }

  /** See {@link ContainerVm#revise}. */
  void revise(UnaryOperator<ContainerVmSpec> change) {
    awaitNotice(reconfigured("revision", seen -> revision(seen, change)));
  }

  /** Changes its variables; thinks of the change anew if somebody else has changed it meanwhile. */
  private VmRecord reconfigured(String what, Function<VmRecord, Change> change) {
    VmRecord[] now = new VmRecord[1];
    vm.inTurn(what, () -> now[0] = reconfigured(change));
    return now[0];
  }

  private VmRecord reconfigured(Function<VmRecord, Change> change) {
    for (int attempt = 1; ; attempt++) {
      VmRecord record = vm.reachable();
      vm.saw(record);
      Change next = change.apply(record);
      try {
        VmRecord now =
            hypervisor.reconfigure(vm.id(), next.variables(), next.seen().changeVersion());
        vm.saw(now);
        return now;
      } catch (ConflictException e) {
        if (attempt == HypervisorVm.ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Change revision(VmRecord seen, UnaryOperator<ContainerVmSpec> change) {
    ContainerVmSpec spec = vm.spec();
    ContainerVmSpec next = change.apply(spec);
    // Plugged in first: what the guest is told of is there. One that nobody tells it of is no harm.
    List<DiskAttachment> further = SpecRevision.furtherDisks(spec, next);
    boolean hasRun = GuestProtocol.run(seen.variables()) > 0;
    if (seen.power() == PowerState.OFF && hasRun && SpecRevision.changesLayers(spec, next)) {
      throw new ConflictException(
          vm + " is off, and holds what was written over the layers that it has; start it first");
    }
    VmRecord plugged = further.isEmpty() ? seen : hypervisor.plug(vm.id(), further);
    return new Change(plugged, GuestProtocol.revise(plugged.variables(), vm.id(), next));
  }

  /** Waits until the guest follows, unless it boots yet: then it begins with what it is told. */
  private void awaitNotice(VmRecord revised) {
    long revision = GuestProtocol.configRevision(revised.variables());
    if (revised.power() != PowerState.ON
        || GuestProtocol.decodeReport(revised.variables()).isEmpty()) {
      return;
    }
    try {
      VmRecord unused =
          vm.awaitRecord(
              now ->
                  now.power() != PowerState.ON
                      || GuestProtocol.decodeReport(now.variables())
                          .filter(report -> report.revision() < revision)
                          .isEmpty(),
              NOTICE,
              "notice of a revision");
    } catch (TimedOutException e) {
      throw new UnavailableException(
          "the guest of " + vm + " has not taken notice of what it is to be within " + NOTICE, e);
    }
  }
}
