package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.vsphere.ServerTrust;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** How tests open the simulator. */
final class SimulatedVsphere {
  private static final AtomicInteger LAST = new AtomicInteger();

  private SimulatedVsphere() {}

  /** Settings for a simulator, which is trusted by its thumbprint. */
  static VsphereSettings.Builder settings(VcSim sim) {
    return VsphereSettings.builder(
            sim.url().toString(), new Credentials(sim.user(), sim.password()))
        .trust(ServerTrust.thumbprint(sim.thumbprint()))
        .datastore(sim.datastores().keySet().iterator().next());
  }

  /** Opens a simulator on a root folder that nobody else uses, nor will. */
  static Vsphere openFresh(VcSim sim) {
    String name = "vic-" + LAST.incrementAndGet();
    return Vsphere.open(settings(sim).root(name).folder(name).build());
  }

  /** What stands in the datastore that the settings name. */
  static Path datastoreFolder(VcSim sim) {
    return sim.datastores().values().iterator().next();
  }
}
