package io.vic4j.testkit;

import io.vic4j.core.IdSource;
import io.vic4j.core.Progress;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.contract.GuestContract;
import io.vic4j.testkit.contract.Program;
import java.io.ByteArrayInputStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

final class MemoryGuestTest extends GuestContract {
  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final MemoryDatastore datastore = MemoryDatastore.create(clock);
  private final Scripts scripts = new Scripts();
  private final MemoryHypervisor hypervisor = MemoryHypervisor.create(datastore, clock, scripts);
  private final ContainerVms vms =
      ContainerVms.over(hypervisor, "contract", clock, IdSource.random());

  private final LayerDisk layer = layer();

  private LayerDisk layer() {
    TestLayer content = TestLayer.builder().directory("etc").build();
    return LayerDisks.in(datastore)
        .build(
            content.diffId(),
            () -> new ByteArrayInputStream(content.tar().toArray()),
            Progress.NONE);
  }

  @AfterEach
  void closeVms() {
    vms.close();
  }

  @Override
  protected ContainerVm started(Program program) {
    ContainerVm vm =
        vms.create(
            ContainerVmSpec.builder("web")
                .disk(DiskAttachment.layer(layer.path(), layer.fileSystemUuid()))
                .session(
                    SessionSpec.builder("main")
                        .layers(List.of(layer.fileSystemUuid()))
                        .readOnlyRoot(true)
                        .argv(argv(program))
                        .stdin(true)
                        .build())
                .build());
    vm.start();
    vm.awaitStarted(LONG);
    return vm;
  }

  @Override
  protected ContainerVm waiting(Program program) {
    return vms.find("web").orElseGet(() -> started(program));
  }

  @Override
  protected List<String> argv(Program program) {
    scripts.program(program.name(), program.runs().get(0));
    return List.of(program.name());
  }
}
