package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.contract.HypervisorContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** VMs in a vApp, which has no folders. */
final class VsphereInVAppTest extends HypervisorContract {
  private static VcSim sim;
  private Vsphere vsphere;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0", "-apps", "1", "-datastores", "40");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @Override
  protected Datastore newDatastore() {
    vsphere =
        SimulatedVsphere.openFresh(
            sim, SimulatedVsphere.settings(sim).pool(sim.inventory("VirtualApp").get(0)), "vic-");
    return vsphere.datastore();
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore) {
    return vsphere.hypervisor();
  }

  @AfterEach
  void close() {
    vsphere.close();
  }
}
