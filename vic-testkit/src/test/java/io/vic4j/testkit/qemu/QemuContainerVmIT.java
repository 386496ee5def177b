package io.vic4j.testkit.qemu;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.image.Image;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.contract.ContainerVmContract;
import io.vic4j.testkit.contract.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Real kernels and processes, all in one place: those tests that only look share VMs. */
final class QemuContainerVmIT extends ContainerVmContract {
  private static final long SCRATCH_BYTES = 16L << 20;

  private static BootedHost host;
  private static DiskAttachment layer;

  @BeforeAll
  static void openHost(@TempDir Path folder) throws Exception {
    host = new BootedHost(folder);
    ImageReference reference =
        host.registry.add("lib/busybox:1", TestImage.builder().layer(BootedHost.busybox()).build());
    Image image = host.vch().images().pull(reference, Progress.NONE);
    LayerDisk disk = host.vch().images().layerDisks(image).get(0);
    layer = DiskAttachment.layer(disk.path(), disk.fileSystemUuid());
  }

  @AfterAll
  static void closeHost() {
    host.close();
  }

  @Override
  protected Place place() {
    return new Place(host.hypervisor(), host.datastore, host.time, layer);
  }

  @Override
  protected void writeScratch(Datastore datastore, DatastorePath disk, UUID fileSystem) {
    ScratchDisks.in(datastore).create(disk.parent(), "scratch", SCRATCH_BYTES, fileSystem);
  }

  @Override
  protected List<String> argv(Program program) {
    return List.of("/bin/sh", "-c", program.shell());
  }
}
