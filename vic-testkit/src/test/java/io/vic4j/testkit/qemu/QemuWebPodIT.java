package io.vic4j.testkit.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.pod.PodFile;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import io.vic4j.testkit.kubernetes.WebPod;
import io.vic4j.testkit.kubernetes.WebPodScenario;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

  /** Files are replaced: who has one open reads on, and a mount of one of them keeps it. */
  @Override
  protected void look(PodLifecycle pods) throws Exception {
    String script =
        "exec 3</etc/greeting/text; cd /etc/greeting; echo open; read line;"
            + "cat <&3; cat text more ../greeting.txt; echo; echo *; cat sub/deep; echo $line;"
            + "echo x 2>/dev/null >text || echo read-only";
    ExecSpec spec =
        ExecSpec.builder("server", List.of("/bin/sh", "-c", script)).stdin(true).build();
    try (GuestProcess process = pods.exec(WebPod.KEY, spec);
        BufferedReader output =
            new BufferedReader(new InputStreamReader(process.stdout(), UTF_8))) {
      assertThat(output.readLine()).isEqualTo("open");
      List<PodFile> others =
          List.of(
              PodFile.of("text", "hi"), PodFile.of("more", ", all,"), PodFile.of("sub/deep", "!"));
      pods.updateFiles(WebPod.KEY, "greeting", others);
      pods.updateFiles(WebPod.KEY, "greeting", others);
      process.stdin().write("once\n".getBytes(UTF_8));
      process.stdin().flush();
      assertThat(output.lines())
          .containsExactly("hellohi, all,hello", "more sub text", "!once", "read-only");
      assertThat(process.awaitExit(Duration.ofMinutes(1))).isEqualTo(ExitStatus.exited(0));
    }
    pods.updateFiles(WebPod.KEY, "greeting", List.of(PodFile.of("text", "hello")));
    String gone = "cd /etc/greeting; echo * $(cat text)";
    try (GuestProcess process =
        pods.exec(WebPod.KEY, ExecSpec.of("server", "/bin/sh", "-c", gone))) {
      assertThat(new String(process.stdout().readAllBytes(), UTF_8)).isEqualTo("text hello\n");
    }
  }

  @Override
  protected void pass(Duration time) {
    LockSupport.parkNanos(time.toNanos());
  }
}
