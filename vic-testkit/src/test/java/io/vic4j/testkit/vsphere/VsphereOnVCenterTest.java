package io.vic4j.testkit.vsphere;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.ScriptSource;
import io.vic4j.testkit.VirtualClock;
import io.vic4j.testkit.contract.ScriptedPodGuestContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** On a vCenter Server, with a cluster. */
final class VsphereOnVCenterTest extends VsphereImportContracts {
  VsphereOnVCenterTest() {
    super("-hosts", "0", "-datastores", "40");
  }

  @Nested
  final class Guests extends ScriptedPodGuestContract {
    private GuestedVsphere vsphere;

    @Override
    protected Datastore newDatastore(VirtualClock time) {
      vsphere = new GuestedVsphere(sim, open());
      return vsphere.datastore();
    }

    @Override
    protected Hypervisor newHypervisor(
        Datastore datastore, VirtualClock time, ScriptSource scripts) {
      return vsphere.hypervisor(time, scripts);
    }

    @AfterEach
    void close() {
      vsphere.close();
    }
  }

  @Nested
  final class Streams extends GuestStreams {}
}
