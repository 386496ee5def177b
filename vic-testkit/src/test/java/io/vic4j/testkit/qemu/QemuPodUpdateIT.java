package io.vic4j.testkit.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.pod.ContainerMount;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodVolume;
import io.vic4j.testkit.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of pods that run, changed in real machines: disks are plugged in, and found. */
final class QemuPodUpdateIT {
  private static final Duration BOOT = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final PodKey KEY = PodKey.of("web");
  private static final String WAIT = "trap 'exit 9' TERM; while :; do sleep 0.1; done";

  @TempDir private Path folder;
  private BootedHost host;

  @BeforeEach
  void open() {
    host = new BootedHost(folder);
  }

  @AfterEach
  void close() {
    if (host != null) {
      host.close();
    }
  }

  private String image(int version) {
    return host.registry
        .add(
            "lib/web:" + version,
            TestImage.builder()
                .layer(BootedHost.busybox())
                .layer(BootedHost.programs("cat", "echo", "ls", "sleep").build())
                .layer(layer -> layer.file("version", version + "\n"))
                .env("VERSION", "v" + version)
                .entrypoint("/bin/sh", "-c", "echo begun $VERSION; " + WAIT)
                .build())
        .toString();
  }

  private String exec(String container, String... argv) throws Exception {
    try (GuestProcess process = host.vch().pods().exec(KEY, ExecSpec.of(container, argv))) {
      return new String(process.stdout().readAllBytes(), UTF_8);
    }
  }

  @Test
  void containerGetsItsNewImage_whileTheOtherGoesOn() throws Exception {
    String one = image(1);
    String two = image(2);
    PodLifecycle pods = host.vch().pods();
    PodSpec spec =
        PodSpec.builder(KEY)
            .restartPolicy(RestartPolicy.NEVER)
            .memory(MemorySize.ofMebibytes(256))
            .volume(PodVolume.Empty.of("shared"))
            .container(
                ContainerSpec.builder(one)
                    .name("web")
                    .mount(ContainerMount.of("shared", "/shared"))
                    .build())
            .container(ContainerSpec.builder(one).name("side").build())
            .build();
    pods.create(spec);
    pods.start(KEY);
    ContainerStatus side = pods.awaitStarted(KEY, BOOT).container("side");
    assertThat(exec("web", "/bin/sh", "-c", "echo x >/mine; echo y >/shared/kept; cat /version"))
        .isEqualTo("1\n");

    PodSpec wanted =
        spec.toBuilder()
            .replaceContainer(
                ContainerSpec.builder(two)
                    .name("web")
                    .mount(ContainerMount.of("shared", "/shared"))
                    .build())
            .build();
    pods.update(wanted);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(pods.status(KEY).container("web").restarts()).isEqualTo(1));
    ContainerStatus web = pods.status(KEY).container("web");
    assertThat(web.image()).isEqualTo(two);
    assertThat(web.lastTermination().orElseThrow().exit().shellCode()).hasValue(9);
    assertThat(exec("web", "/bin/sh", "-c", "cat /version; ls /mine; cat /shared/kept"))
        .isEqualTo("2\ny\n");
    try (LogReader log = pods.logs(KEY, "web")) {
      assertThat(log.text()).isEqualTo("begun v1\nbegun v2\n");
    }
    assertThat(pods.status(KEY).container("side")).isEqualTo(side);
    assertThat(exec("side", "/bin/cat", "/version")).isEqualTo("1\n");

    // The machine that is started anew has the disk, too, and what was written over the new image.
    String unused = exec("web", "/bin/sh", "-c", "echo z >/mine");
    host.reopen();
    PodLifecycle again = host.vch().pods();
    again.stop(KEY, Duration.ofSeconds(20));
    again.start(KEY);
    again.awaitStarted(KEY, BOOT);
    assertThat(exec("web", "/bin/sh", "-c", "cat /version /mine")).isEqualTo("2\nz\n");
    again.delete(KEY, Duration.ZERO);
  }
}
