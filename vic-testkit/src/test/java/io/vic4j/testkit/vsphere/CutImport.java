package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** An import of a program that is killed when the disk is there, but not in its place. */
final class CutImport {
  private CutImport() {}

  /** Begins one. What a program that is killed says no more, this one cannot say. */
  static void begin(VcSim sim, Vsphere vsphere, DatastorePath vmdk) {
    sim.fault("ReconfigVM_Task", 1, 99, "drop-before");
    sim.fault("Destroy_Task", 1, 99, "drop-before");
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

  /** What stands of imports in the datastore, beside the root folder. */
  static List<String> traces(VcSim sim, Vsphere vsphere) throws IOException {
    try (Stream<Path> folders = Files.list(SimulatedVsphere.datastoreFolder(sim, vsphere))) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .filter(name -> name.startsWith("vic-import"))
          .toList();
    }
  }
}
