package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.Scripts;
import io.vic4j.testkit.VirtualClock;
import io.vic4j.testkit.contract.ContainerVmContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class VsphereContainerVmTest extends ContainerVmContract {
  private static VcSim sim;
  private GuestedVsphere vsphere;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @Override
  protected Datastore newDatastore(VirtualClock clock) {
    vsphere = new GuestedVsphere(sim);
    return vsphere.datastore();
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore, VirtualClock clock, Scripts scripts) {
    return vsphere.hypervisor(clock, scripts);
  }

  @AfterEach
  void close() {
    vsphere.close();
  }
}
