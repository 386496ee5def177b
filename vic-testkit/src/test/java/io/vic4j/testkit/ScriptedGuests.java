package io.vic4j.testkit;

import io.vic4j.core.IdSource;
import io.vic4j.core.Progress;
import io.vic4j.core.TimeSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.contract.GuestContract;
import io.vic4j.testkit.contract.Program;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;

/** VMs of one small layer, whose guests follow scripts: what a {@link GuestContract} asks of. */
public final class ScriptedGuests implements AutoCloseable {
  private final Scripts scripts;
  private final ContainerVms vms;
  private final LayerDisk layer;

  /**
   * VMs to be.
   *
   * @param datastore where their layer is made
   * @param scripts what their guests follow
   */
  public ScriptedGuests(
      Datastore datastore, Hypervisor hypervisor, TimeSource time, Scripts scripts) {
    this.scripts = scripts;
    this.vms = ContainerVms.over(hypervisor, "contract", time, IdSource.random());
    TestLayer content = TestLayer.builder().directory("etc").build();
    this.layer =
        LayerDisks.in(datastore)
            .build(
                content.diffId(),
                () -> new ByteArrayInputStream(content.tar().toArray()),
                Progress.NONE);
  }

  /** As {@code GuestContract.started}. */
  public ContainerVm started(List<String> argv, Duration patience) {
    ContainerVm vm =
        vms.create(
            ContainerVmSpec.builder("web")
                .disk(DiskAttachment.layer(layer.path(), layer.fileSystemUuid()))
                .session(
                    SessionSpec.builder("main")
                        .layers(List.of(layer.fileSystemUuid()))
                        .readOnlyRoot(true)
                        .argv(argv)
                        .stdin(true)
                        .build())
                .build());
    vm.start();
    vm.awaitStarted(patience);
    return vm;
  }

  /** The one that was started, or another one. */
  public ContainerVm waiting(List<String> argv, Duration patience) {
    return vms.find("web").orElseGet(() -> started(argv, patience));
  }

  /** What starts a program. */
  public List<String> argv(Program program) {
    scripts.program(program.name(), program.runs().get(0));
    return List.of(program.name());
  }

  @Override
  public void close() {
    vms.close();
  }
}
