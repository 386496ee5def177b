package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine that loses its power, and what is on its disks once it has run again. */
final class QemuPowerLossIT {
  private static final Duration BOOT = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void machineWithoutPower_isStopped_nobodyKnowsHowItsProcessEnded_andItStartsAgain()
      throws Exception {
    try (BootedHost host = new BootedHost(folder)) {
      ImageReference image =
          host.registry.add(
              "lib/busybox:1", TestImage.builder().layer(BootedHost.busybox()).build());
      String script =
          "if [ -e /kept ]; then read line </data/kept && exit $line; fi; echo 4 >/data/kept;"
              + " echo 1 >/kept; /bin/busybox sync; echo synced;"
              + " while :; do echo x >>/kept; echo x >>/data/more; /bin/busybox sleep 0.01; done";
      ContainerVm vm =
          host.vch()
              .containers()
              .create(
                  ContainerSpec.builder(image)
                      .name("lost")
                      .volume("data", "/data")
                      .memory(MemorySize.ofMebibytes(256))
                      .command("/bin/sh", "-c", script)
                      .build());
      vm.start();
      vm.awaitStarted(BOOT);
      String session = vm.spec().sessions().get(0).name();
      await().atMost(SOON).until(() -> BootedHost.text(vm, session).contains("synced"));
      long pid = Processes.pidOf(host.vmFolder(vm));
      assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
      await().atMost(SOON).until(() -> vm.state() == ContainerVmState.STOPPED);
      assertThat(vm.status().exit().orElseThrow()).isInstanceOf(ExitStatus.Unknown.class);

      vm.start();
      assertThat(vm.awaitExit(BOOT)).isEqualTo(ExitStatus.exited(4));
      await().atMost(SOON).until(() -> vm.state() == ContainerVmState.STOPPED);
    }
  }
}
