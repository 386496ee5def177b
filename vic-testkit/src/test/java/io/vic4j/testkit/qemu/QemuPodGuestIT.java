package io.vic4j.testkit.qemu;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.testkit.contract.PodGuestContract;
import io.vic4j.testkit.contract.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Real kernels and processes, and real time: two minutes of it. */
@EnabledIfSystemProperty(named = "vic.slow", matches = "true")
final class QemuPodGuestIT extends PodGuestContract {
  private static final MemorySize MEMORY = MemorySize.ofMebibytes(256);
  private static final long SCRATCH_BYTES = 16L << 20;

  private static BootedHost host;
  private static ContainerVmSpec template;
  private static ContainerVms vms;

  private final List<ContainerVm> made = new ArrayList<>();

  @BeforeAll
  static void openHost(@TempDir Path folder) {
    host = new BootedHost(folder);
    template = host.layersOf("cat", "sleep", "tail");
    vms = host.otherVms();
  }

  @AfterAll
  static void closeHost() {
    if (vms != null) {
      vms.close();
    }
    if (host != null) {
      host.close();
    }
  }

  @AfterEach
  void remove() {
    made.forEach(ContainerVm::removeForcibly);
  }

  @Override
  protected ContainerVm create(ContainerVmSpec.Builder vm, List<SessionSpec.Builder> sessions) {
    vm.memory(MEMORY);
    template.disks().stream()
        .filter(disk -> disk.role() == DiskAttachment.Role.LAYER)
        .forEach(vm::disk);
    UUID folder = UUID.randomUUID();
    for (int i = 0; i < sessions.size(); i++) {
      UUID fileSystem = new UUID(folder.getMostSignificantBits(), i);
      ScratchDisk disk =
          ScratchDisks.in(host.datastore)
              .create(
                  DatastorePath.parse("roots/" + folder + "-" + i),
                  "scratch",
                  SCRATCH_BYTES,
                  fileSystem);
      vm.disk(DiskAttachment.scratch(disk.path(), fileSystem));
      vm.session(
          sessions.get(i).layers(template.sessions().get(0).layers()).scratch(fileSystem).build());
    }
    ContainerVm fresh = vms.create(vm.build());
    made.add(fresh);
    return fresh;
  }

  @Override
  protected List<String> argv(Program program) {
    return List.of("/bin/sh", "-c", program.shell());
  }

  @Override
  protected void pass(Duration duration) {
    LockSupport.parkNanos(duration.toNanos());
  }

  @Override
  protected Instant now() {
    return host.time.instant();
  }
}
