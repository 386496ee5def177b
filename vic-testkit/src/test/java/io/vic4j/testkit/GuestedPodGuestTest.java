package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.ScriptedPodGuestContract;
import org.junit.jupiter.api.AfterEach;

final class GuestedPodGuestTest extends ScriptedPodGuestContract {
  private BareHypervisor bare;
  private GuestedHypervisor guested;

  @AfterEach
  void close() {
    guested.close();
    bare.close();
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore, VirtualClock time, ScriptSource scripts) {
    bare = new BareHypervisor(datastore, System.nanoTime());
    guested = GuestedHypervisor.over(bare, bare.backdoor(), time, scripts, datastore);
    return guested;
  }
}
