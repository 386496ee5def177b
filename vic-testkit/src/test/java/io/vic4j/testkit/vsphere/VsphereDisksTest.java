package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import io.vic4j.testkit.contract.VirtualDisksContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class VsphereDisksTest extends VirtualDisksContract {
  private static VcSim sim;
  private Vsphere vsphere;

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0", "-datastores", "40");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @Override
  protected Datastore newDatastore() {
    vsphere = SimulatedVsphere.openFresh(sim);
    return vsphere.datastore();
  }

  /** What a program that is killed no more says, this one cannot say. */
  @Override
  protected void crashImport(DatastorePath vmdk) {
    sim.fault("HttpNfcLeaseComplete", 1, 9, "drop-before");
    sim.fault("HttpNfcLeaseAbort", 1, 9, "drop-before");
    VirtualDisks disks = vsphere.datastore().virtualDisks().orElseThrow();
    try (DatastoreWriter writer =
        disks.create(
            vmdk,
            (content, out) -> StreamOptimizedWriter.copy(content, out, Digest.sha256("crash")),
            Progress.NONE)) {
      writer.setSize(1 << 20);
      assertThatThrownBy(writer::commit).isInstanceOf(UnavailableException.class);
    }
    sim.clearFaults();
  }

  /** What stands beside the root folder. */
  @Override
  protected List<String> traces() throws Exception {
    try (Stream<Path> folders = Files.list(SimulatedVsphere.datastoreFolder(sim, vsphere))) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .filter(name -> name.startsWith("vic-import"))
          .toList();
    }
  }

  @AfterEach
  void close() {
    vsphere.close();
  }
}
