package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.ScriptedContainerVmContract;

/** A plan without faults changes nothing. */
final class FaultyContainerVmTest extends ScriptedContainerVmContract {
  @Override
  protected Hypervisor newHypervisor(
      Datastore datastore, VirtualClock clock, ScriptSource scripts) {
    return FaultyHypervisor.over(
        MemoryHypervisor.create(datastore, clock, scripts), FaultPlan.by(clock));
  }
}
