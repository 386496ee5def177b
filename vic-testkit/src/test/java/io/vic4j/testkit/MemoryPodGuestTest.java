package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.ScriptedPodGuestContract;

final class MemoryPodGuestTest extends ScriptedPodGuestContract {
  @Override
  protected Hypervisor newHypervisor(Datastore datastore, VirtualClock time, ScriptSource scripts) {
    return MemoryHypervisor.create(datastore, time, scripts);
  }
}
