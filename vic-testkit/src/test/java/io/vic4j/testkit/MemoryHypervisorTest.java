package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.HypervisorContract;

final class MemoryHypervisorTest extends HypervisorContract {
  @Override
  protected Datastore newDatastore() {
    return MemoryDatastore.create();
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore) {
    return MemoryHypervisor.create(datastore, VirtualClock.manual(), new Scripts());
  }
}
