package io.vic4j.testkit.vsphere;

import io.vic4j.core.TimeSource;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.GuestedHypervisor;
import io.vic4j.testkit.ScriptSource;
import org.jspecify.annotations.Nullable;

/** A connection to the simulator whose VMs have scripted guests. */
final class GuestedVsphere implements AutoCloseable {
  private final VcSim sim;
  private final Vsphere vsphere;
  private final Vsphere administrator;
  private @Nullable GuestedHypervisor hypervisor;

  GuestedVsphere(VcSim sim) {
    this(sim, SimulatedVsphere.openFresh(sim));
  }

  /** Another one, which this closes. */
  GuestedVsphere(VcSim sim, Vsphere vsphere) {
    this.sim = sim;
    this.vsphere = vsphere;
    this.administrator = SimulatedVsphere.openSame(sim, vsphere);
  }

  Datastore datastore() {
    return vsphere.datastore();
  }

  Vsphere vsphere() {
    return vsphere;
  }

  /** Its VMs, whose guests live by a clock and follow scripts. */
  Hypervisor hypervisor(TimeSource clock, ScriptSource scripts) {
    hypervisor =
        GuestedHypervisor.over(
            vsphere.hypervisor(),
            new SimulatedGuest(
                administrator.hypervisor(), SimulatedVsphere.datastoreFolder(sim, vsphere)),
            clock,
            scripts,
            vsphere.datastore());
    return hypervisor;
  }

  @Override
  public void close() {
    if (hypervisor != null) {
      hypervisor.close();
    }
    administrator.close();
    vsphere.close();
  }
}
