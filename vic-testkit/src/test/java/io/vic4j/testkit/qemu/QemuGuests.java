package io.vic4j.testkit.qemu;

import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.contract.GuestContract;
import io.vic4j.testkit.contract.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Real kernels and processes; those who only look share one VM. */
abstract class QemuGuests extends GuestContract {
  private static Path folder;
  private static @Nullable BootedHost host;
  private static ImageReference image;
  private static @Nullable ContainerVm waiting;

  /** How a test sees the hypervisor. */
  abstract Hypervisor seen(Hypervisor hypervisor);

  @BeforeAll
  static void takeFolder(@TempDir Path given) {
    folder = given;
  }

  @BeforeEach
  final void openHost() {
    if (host == null) {
      host = new BootedHost(folder, this::seen);
      TestImage busybox =
          TestImage.builder().layer(BootedHost.busybox()).command("/bin/sh").build();
      image = host.registry.add("lib/busybox:1", busybox);
    }
  }

  @AfterAll
  static void closeHost() {
    BootedHost last = host;
    host = null;
    waiting = null;
    if (last != null) {
      last.close();
    }
  }

  @Override
  protected ContainerVm started(Program program) {
    ContainerVm vm =
        Objects.requireNonNull(host)
            .vch()
            .containers()
            .create(ContainerSpec.builder(image).command(argv(program)).stdin(true).build());
    vm.start();
    vm.awaitStarted(LONG);
    return vm;
  }

  @Override
  protected ContainerVm waiting(Program program) {
    ContainerVm vm = waiting;
    if (vm == null) {
      vm = started(program);
      waiting = vm;
    }
    return vm;
  }

  @Override
  protected List<String> argv(Program program) {
    return List.of("/bin/sh", "-c", program.shell());
  }
}
