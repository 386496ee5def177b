package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import io.vic4j.testkit.kubernetes.WebPod;
import io.vic4j.testkit.kubernetes.WebPodScenario;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** In a real machine. */
final class QemuWebPodIT extends WebPodScenario {
  @TempDir private Path folder;
  private @Nullable BootedHost host;
  private String image = "";

  @AfterEach
  void close() {
    if (host != null) {
      host.close();
    }
  }

  @Override
  protected PodLifecycle pods() {
    host = new BootedHost(folder);
    TestLayer programs =
        BootedHost.programs("cat", "grep", "httpd", "rm", "sleep", "touch", "wget")
            .file("bin/well", "#!/bin/sh\n[ ! -e /tmp/sick ]\n")
            .mode(0755)
            .build();
    TestImage content = TestImage.builder().layer(BootedHost.busybox()).layer(programs).build();
    image = host.registry.add("lib/web:1", content).toString();
    return host.vch().pods();
  }

  @Override
  protected String image() {
    return image;
  }

  @Override
  protected void sicken() throws Exception {
    try (GuestProcess process =
        host.vch().pods().exec(WebPod.KEY, ExecSpec.of("server", "touch", "/tmp/sick"))) {
      var unused = process.awaitExit(Duration.ofMinutes(1));
    }
  }

  @Override
  protected boolean hasStreams() {
    return true;
  }

  @Override
  protected void pass(Duration time) {
    LockSupport.parkNanos(time.toNanos());
  }
}
