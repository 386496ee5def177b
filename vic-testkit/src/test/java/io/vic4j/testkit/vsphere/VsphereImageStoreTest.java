package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.image.ImageStore;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.contract.ImageStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

final class VsphereImageStoreTest extends ImageStoreContract {
  private static VcSim sim;
  private final Vsphere vsphere = SimulatedVsphere.openFresh(sim);

  /** After the contract's own look at what a test has left. */
  @RegisterExtension private final AfterEachCallback closing = context -> vsphere.close();

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @Override
  protected ImageStore openStore() {
    return ImageStore.in(vsphere.datastore(), LayerDisks.in(vsphere.datastore()));
  }

  @Override
  protected Datastore datastore() {
    return vsphere.datastore();
  }
}
