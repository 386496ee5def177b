package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.HypervisorContract;
import org.junit.jupiter.api.AfterEach;

/** Guests change nothing about machines. */
final class GuestedHypervisorContractTest extends HypervisorContract {
  private BareHypervisor bare;
  private GuestedHypervisor guested;

  @AfterEach
  void close() {
    guested.close();
    bare.close();
  }

  @Override
  protected Datastore newDatastore() {
    return MemoryDatastore.create();
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore) {
    bare = new BareHypervisor(datastore, System.nanoTime());
    guested = GuestedHypervisor.over(bare, bare.backdoor(), VirtualClock.manual(), new Scripts());
    return guested;
  }
}
