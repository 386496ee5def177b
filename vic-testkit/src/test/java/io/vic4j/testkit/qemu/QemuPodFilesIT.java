package io.vic4j.testkit.qemu;

import io.vic4j.core.IdSource;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.contract.PodFilesContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Files of real machines; {@link QemuWebPodIT} has the least of it in each run. */
@EnabledIfSystemProperty(named = "vic.slow", matches = "true")
final class QemuPodFilesIT extends PodFilesContract {
  @TempDir private Path folder;
  private @Nullable BootedHost host;
  private @Nullable ContainerVms vms;

  @AfterEach
  void close() {
    if (vms != null) {
      vms.close();
    }
    if (host != null) {
      host.close();
    }
  }

  @Override
  protected PodLifecycle newPods() {
    BootedHost opened = new BootedHost(folder);
    host = opened;
    vms =
        ContainerVms.over(
            opened.hypervisor(), opened.vch().name().value(), opened.time, IdSource.random());
    return opened.vch().pods();
  }

  @Override
  protected ContainerVms vms() {
    return vms;
  }

  @Override
  protected String image() {
    TestImage image =
        TestImage.builder()
            .layer(BootedHost.busybox())
            .layer(BootedHost.programs("sleep").build())
            .entrypoint("/bin/sh", "-c", "while :; do sleep 1; done")
            .build();
    return host.registry.add("lib/web:1", image).toString();
  }
}
