package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.core.vsphere.ServerTrust;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import java.nio.file.Path;
import java.util.List;
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

  /**
   * Opens a simulator on folders that nobody else uses, nor will, and on the next of its
   * datastores, if it has several.
   */
  static Vsphere openFresh(VcSim sim) {
    return openFresh(sim, settings(sim), "vic-");
  }

  /**
   * The same with other settings.
   *
   * @param prefix how the names of the folders begin
   */
  static Vsphere openFresh(VcSim sim, VsphereSettings.Builder settings, String prefix) {
    int number = LAST.incrementAndGet();
    List<String> datastores = List.copyOf(sim.datastores().keySet());
    String datastore = datastores.get(number % datastores.size());
    return Vsphere.open(settings.datastore(datastore).root(prefix + number).build());
  }

  /** Opens the folders of a connection once more, as another program would. */
  static Vsphere openSame(VcSim sim, Vsphere other) {
    return Vsphere.open(settings(sim).datastore(datastore(other)).root(root(other)).build());
  }

  /** The name of the datastore of a connection, whose folder is called {@code [datastore] root}. */
  static String datastore(Vsphere vsphere) {
    String name = vsphere.datastore().name();
    return name.substring(1, name.indexOf(']'));
  }

  /** The name of the root folder of a connection. */
  static String root(Vsphere vsphere) {
    String name = vsphere.datastore().name();
    return name.substring(name.indexOf("] ") + 2);
  }

  /** What stands in the datastore of a connection. */
  static Path datastoreFolder(VcSim sim, Vsphere vsphere) {
    return sim.datastoreFolder(datastore(vsphere));
  }
}
