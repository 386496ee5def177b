package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.testkit.BlankDisks;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A hypervisor to test, and what the tests make in it. */
abstract class HypervisorFixture {
  static final String SCOPE = "contract";
  static final UUID LAYER_ID = new UUID(1, 1);
  static final DatastorePath LAYER = DatastorePath.parse("layers/one/layer.vmdk");
  static final DatastorePath VOLUME = DatastorePath.parse("volumes/data/volume.vmdk");

  Hypervisor hypervisor;
  Datastore datastore;
  private int lastVm;

  /** A hypervisor without VMs, whose disks are in this datastore. */
  protected abstract Hypervisor newHypervisor(Datastore datastore) throws Exception;

  /** A new datastore with nothing in it. */
  protected abstract Datastore newDatastore() throws Exception;

  @BeforeEach
  final void makeHypervisor() throws Exception {
    datastore = newDatastore();
    hypervisor = newHypervisor(datastore);
    BlankDisks.write(datastore, LAYER, LAYER_ID);
    BlankDisks.write(datastore, VOLUME, new UUID(1, 2));
  }

  /** A test that interrupts its thread must not hand that on. */
  @AfterEach
  final void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  final VmDefinition definition(String name, DiskAttachment... disks) {
    return definition(SCOPE, name, disks);
  }

  final VmDefinition definition(String scope, String name, DiskAttachment... disks) {
    lastVm++;
    return new VmDefinition(
        String.format("%064x", lastVm),
        scope,
        name,
        1,
        MemorySize.ofMebibytes(64),
        Optional.empty(),
        List.of(disks),
        List.of(),
        List.of("main"),
        new TreeMap<>(Map.of("guestinfo.test.seen", "a", "test.hidden", "b")));
  }

  final DiskAttachment scratch(String vm) {
    DatastorePath disk = scratchPath(vm);
    BlankDisks.write(datastore, disk, new UUID(2, 1));
    return DiskAttachment.scratch(disk, new UUID(2, 1));
  }

  static DatastorePath scratchPath(String vm) {
    return DatastorePath.parse("containers/" + vm + "/scratch.vmdk");
  }

  static DiskAttachment layer() {
    return DiskAttachment.layer(LAYER, LAYER_ID);
  }
}
