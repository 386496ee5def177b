package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.contract.VirtualDisksContract;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class VsphereDisksTest extends VirtualDisksContract {
  private static VcSim sim;
  private Vsphere vsphere;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0", "-datastores", "40");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @Override
  protected Datastore newDatastore() {
    vsphere = SimulatedVsphere.openFresh(sim);
    return vsphere.datastore();
  }

  @Override
  protected void crashImport(DatastorePath vmdk) {
    CutImport.begin(sim, vsphere, vmdk);
  }

  @Override
  protected List<String> traces() throws Exception {
    return CutImport.traces(sim, vsphere);
  }

  @AfterEach
  void close() {
    vsphere.close();
  }
}
