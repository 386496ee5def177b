package io.vic4j.testkit.vsphere;

/** On a vCenter Server, with a cluster. */
final class VsphereOnVCenterTest extends VsphereImportContracts {
  VsphereOnVCenterTest() {
    super("-hosts", "0", "-datastores", "40");
  }
}
