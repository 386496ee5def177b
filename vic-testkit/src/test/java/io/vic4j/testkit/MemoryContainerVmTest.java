package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.ScriptedContainerVmContract;

final class MemoryContainerVmTest extends ScriptedContainerVmContract {
  @Override
  protected Hypervisor newHypervisor(
      Datastore datastore, VirtualClock clock, ScriptSource scripts) {
    return MemoryHypervisor.create(datastore, clock, scripts);
  }
}
