package io.vic4j.testkit.vsphere;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.contract.DatastoreContract;
import io.vic4j.testkit.contract.VirtualDisksContract;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The contracts about VMs, and those about files and disks that are imported. */
abstract class VsphereImportContracts extends VsphereContracts {
  VsphereImportContracts(String... flags) {
    super(flags);
  }

  @Nested
  final class Files extends DatastoreContract {
    private Vsphere vsphere;

    @Override
    protected Datastore newDatastore() {
      vsphere = open();
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
