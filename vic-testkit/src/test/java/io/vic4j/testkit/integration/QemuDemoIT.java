package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.ForeignTool;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code vic-demo run --backend qemu}: processes that really run. */
class QemuDemoIT {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Path BOOTSTRAP = Path.of("/usr/local/lib/vic-bootstrap");

  @TempDir private Path folder;

  @BeforeEach
  void writeImage() throws Exception {
    if (!Files.exists(BOOTSTRAP.resolve("vmlinux"))) {
      ForeignTool.missing(BOOTSTRAP + " holds no bootstrap (see .ci/install-tools)");
    }
    byte[] busybox = Files.readAllBytes(ForeignTool.named("busybox").program());
    TestImage.builder()
        .layer(
            layer ->
                layer
                    .directory("bin")
                    .file("bin/busybox", busybox)
                    .mode(0755)
                    .symlink("bin/sh", "busybox")
                    .symlink("bin/cat", "busybox"))
        .env("PATH", "/bin")
        .command("/bin/sh")
        .build()
        .writeLayout(folder.resolve("image"), "1");
  }

  private String[] arguments(String image, String... arguments) {
    return Stream.concat(
            Stream.of(
                "run", "--backend=qemu", "--store=" + folder.resolve("store"), "--image=" + image),
            Stream.of(arguments))
        .toArray(String[]::new);
  }

  private DemoJar.Outcome run(String... arguments) {
    return DemoJar.run(arguments("oci:" + folder.resolve("image") + ":1", arguments));
  }

  /** What a server says to whom it lets in; nothing where none does in time. */
  private static String answer(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(2000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void imageOfARegistry_isGivenInputAndPorts_andItsOutputAndExitCodeAreTheCommands()
      throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    try (DockerRegistry registry =
        DockerRegistry.start(Files.createDirectories(folder.resolve("registry")))) {
      String image =
          registry.push("oci:" + folder.resolve("image") + ":1", "lib/busybox:1").toString();
      String script =
          "busybox nc -ll -p 8080 -e /bin/busybox echo served & echo to $WHO; cat; echo err >&2;"
              + " echo 1 >/data/n; exit 7";
      Process process =
          new ProcessBuilder(
                  DemoJar.command(
                      arguments(
                          image,
                          "-i",
                          "-e",
                          "WHO=you",
                          "-v",
                          "data:/data",
                          "-p",
                          port + ":8080",
                          "--",
                          "sh",
                          "-c",
                          script)))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try (OutputStream input = process.getOutputStream()) {
        input.write("typed\n".getBytes(StandardCharsets.UTF_8));
        input.flush();
        await()
            .atMost(LONG)
            .failFast("it has ended", () -> !process.isAlive())
            .until(() -> answer(port), "served\n"::equals);
      }
      assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(7);
    }
    assertThat(out).hasContent("to you\ntyped\n");
    assertThat(err).content().contains("err\n");

    DemoJar.Outcome second =
        run(
            "-v",
            "data:/data:ro",
            "--memory=256m",
            "--cpus=2",
            "--entrypoint=/bin/sh",
            "--hostname=box",
            "--read-only",
            "--tmpfs=/tmp:size=1m",
            "--cap-drop=ALL",
            "--ulimit=nofile=123",
            "--add-host=db:192.0.2.9",
            "--",
            "-c",
            "cat /data/n; busybox hostname; ulimit -n; busybox grep CapEff /proc/self/status;"
                + " busybox grep db /etc/hosts; echo x >/tmp/x && cat /tmp/x; busybox nproc;"
                + " read -r name kib unit </proc/meminfo;"
                + " [ $kib -gt 150000 ] && [ $kib -lt 262144 ] && echo memory;"
                + " echo z >/data/z; echo y >/y");
    assertThat(second.out().lines())
        .as("the volume has outlived its machine; the rest is as the options say")
        .containsExactly(
            "1", "box", "123", "CapEff:\t0000000000000000", "192.0.2.9\tdb", "x", "2", "memory");
    assertThat(second.err())
        .contains("/data/z: Read-only file system", "/y: Read-only file system");
    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(folder.resolve("store/containers")).isEmptyDirectory();
  }

  @Test
  void commandThatIsNotThere_isToldAsShellsDo() {
    DemoJar.Outcome outcome = run("--", "/bin/nope");
    assertThat(outcome.exitCode()).isEqualTo(127);
    assertThat(outcome.err()).contains("/bin/nope: no such file");
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void wrongOptions_areToldBeforeAnythingIsDone() {
    DemoJar.Outcome outcome = DemoJar.run("run", "-p", "80:80", "--", "sh");
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.err()).contains("--publish needs --backend qemu");
    assertThat(run("-p", "eighty", "--", "sh").err()).contains("want HOST_PORT:GUEST_PORT");
  }
}
