package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.HypervisorContract;
import org.junit.jupiter.api.AfterEach;

/** The hypervisor that the fake guests are proven over must be one itself. */
final class BareHypervisorTest extends HypervisorContract {
  private BareHypervisor bare;

  @AfterEach
  void close() {
    bare.close();
  }

  @Override
  protected Datastore newDatastore() {
    return MemoryDatastore.create();
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore) {
    bare = new BareHypervisor(datastore, System.nanoTime());
    return bare;
  }
}
