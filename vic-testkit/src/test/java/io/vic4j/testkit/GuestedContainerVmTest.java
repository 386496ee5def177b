package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.ScriptedContainerVmContract;
import org.junit.jupiter.api.AfterEach;

final class GuestedContainerVmTest extends ScriptedContainerVmContract {
  private BareHypervisor bare;
  private GuestedHypervisor guested;

  @AfterEach
  void close() {
    guested.close();
    bare.close();
  }

  @Override
  protected Hypervisor newHypervisor(
      Datastore datastore, VirtualClock clock, ScriptSource scripts) {
    bare = new BareHypervisor(datastore, System.nanoTime());
    guested = GuestedHypervisor.over(bare, bare.backdoor(), clock, scripts, datastore);
    return guested;
  }
}
