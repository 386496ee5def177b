package io.vic4j.testkit;

import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.testkit.contract.GuestContract;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

final class MemoryGuestTest extends GuestContract {
  private static final UUID LAYER_ID = new UUID(1, 1);
  private static final DatastorePath LAYER = DatastorePath.parse("layers/one/layer.vmdk");

  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final MemoryDatastore datastore = MemoryDatastore.create(clock);
  private final Scripts scripts = new Scripts();
  private final MemoryHypervisor hypervisor = MemoryHypervisor.create(datastore, clock, scripts);
  private final ContainerVms vms =
      ContainerVms.over(hypervisor, "contract", clock, IdSource.random());

  MemoryGuestTest() {
    BlankDisks.write(datastore, LAYER, LAYER_ID);
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
                .disk(DiskAttachment.layer(LAYER, LAYER_ID))
                .session(
                    SessionSpec.builder("main")
                        .layers(List.of(LAYER_ID))
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
    scripts.program(program.name(), program.script());
    return List.of(program.name());
  }
}
