package io.vic4j.testkit.vsphere;

import io.vic4j.core.vsphere.Vsphere;

/** In a datacenter within a folder, where all names have what paths, queries or XML trip over. */
final class VsphereOddNamesTest extends VsphereContracts {
  VsphereOddNamesTest() {
    super("-names", "odd", "-hosts", "0", "-datastores", "40");
  }

  @Override
  Vsphere open() {
    return SimulatedVsphere.openFresh(sim, SimulatedVsphere.settings(sim), "r + %41 &ü<x>-");
  }
}
