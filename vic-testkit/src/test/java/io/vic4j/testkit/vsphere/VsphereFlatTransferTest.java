package io.vic4j.testkit.vsphere;

import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.DiskTransfer;

/** With disks that go to the datastore as flat extents. */
final class VsphereFlatTransferTest extends VsphereContracts {
  VsphereFlatTransferTest() {
    super("-hosts", "0", "-datastores", "40");
  }

  @Override
  Vsphere open() {
    VsphereSettings.Builder settings = SimulatedVsphere.settings(sim);
    return SimulatedVsphere.openFresh(sim, settings.diskTransfer(DiskTransfer.FLAT), "vic-");
  }
}
