package io.vic4j.testkit.vsphere;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.contract.VirtualDisksContract;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** On an ESXi host without a vCenter Server: no folders, and names that all VMs share. */
final class VsphereOnEsxTest extends VsphereContracts {
  VsphereOnEsxTest() {
    super("-esx", "-datastores", "40");
  }

  @Nested
  final class Disks extends VirtualDisksContract {
    private Vsphere vsphere;

    @Override
    protected Datastore newDatastore() {
      vsphere = open();
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
}
