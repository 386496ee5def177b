package io.vic4j.testkit.vsphere;

/** On an ESXi host without a vCenter Server: no folders, and names that all VMs share. */
final class VsphereOnEsxTest extends VsphereContracts {
  VsphereOnEsxTest() {
    super("-esx", "-datastores", "40");
  }
}
