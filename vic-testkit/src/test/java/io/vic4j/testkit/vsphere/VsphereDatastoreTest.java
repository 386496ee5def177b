package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.contract.DatastoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class VsphereDatastoreTest extends DatastoreContract {
  private static VcSim sim;
  private Vsphere vsphere;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0");
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

  /** HTTP knows no holes. */
  @Override
  protected long farPosition() {
    return 20 << 20;
  }

  @AfterEach
  void close() {
    vsphere.close();
  }
}
