package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.ContainerVmContract;

final class MemoryContainerVmTest extends ContainerVmContract {
  @Override
  protected Hypervisor newHypervisor(Datastore datastore, VirtualClock clock, Scripts scripts) {
    return MemoryHypervisor.create(datastore, clock, scripts);
  }
}
