package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.contract.HypervisorContract;
import org.junit.jupiter.api.AfterEach;

final class VsphereHypervisorTest extends HypervisorContract {
  private VcSim sim;
  private Vsphere vsphere;

  @Override
  protected Datastore newDatastore() {
    sim = VcSim.start("-hosts", "0");
    vsphere = SimulatedVsphere.openFresh(sim);
    return vsphere.datastore();
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore) {
    return vsphere.hypervisor();
  }

  @AfterEach
  void close() {
    vsphere.close();
    sim.close();
  }
}
