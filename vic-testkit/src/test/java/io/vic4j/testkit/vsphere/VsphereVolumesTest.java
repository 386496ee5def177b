package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.contract.VolumesContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class VsphereVolumesTest extends VolumesContract {
  private static VcSim sim;
  private final ScriptedVsphere vsphere = new ScriptedVsphere(sim);

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @Override
  protected void close() {
    vsphere.close();
  }

  @Override
  protected boolean canAskGuests() {
    return false;
  }

  @Override
  protected VirtualContainerHost newHost() {
    return reopen();
  }

  @Override
  protected VirtualContainerHost reopen() {
    return vsphere.open();
  }

  @Override
  protected void image(String reference, TestImage image, Script script) {
    vsphere.image(reference, image, script);
  }
}
