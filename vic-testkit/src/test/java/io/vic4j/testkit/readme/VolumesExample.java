package io.vic4j.testkit.readme;

import io.vic4j.core.vm.ContainerVm;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.volume.VolumeSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The README's example of volumes, of reading a stopped container and of commits. */
final class VolumesExample {
  private VolumesExample() {}

  // README begins
  static Image migrate(VirtualContainerHost vch, String reference, Path backup) throws IOException {
    vch.volumes()
        .create(VolumeSpec.builder("data").sizeBytes(10L << 30).label("tier", "db").build());
    ContainerVm vm =
        vch.containers()
            .create(ContainerSpec.builder(reference).name("db").volume("data", "/data").build());
    vm.start();
    vm.awaitExit(Duration.ofMinutes(5));
    try (OverlayFiles files = vch.containers().files("db"); // what it saw, read from its disks
        OutputStream tar = Files.newOutputStream(backup)) {
      files.copyOut("/data", tar);
    }
    return vch.containers() // what it wrote, volumes aside, becomes a layer
        .commit("db", CommitOptions.builder().name("db:migrated").env("MIGRATED", "1").build());
  }
  // README ends
}
