package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import io.vic4j.testkit.TestImage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code vic-demo run --backend qemu}: processes that really run. */
class QemuDemoIT {
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

  private DemoJar.Outcome run(String... arguments) {
    String[] all = new String[6 + arguments.length];
    all[0] = "run";
    all[1] = "--backend=qemu";
    all[2] = "--store=" + folder.resolve("store");
    all[3] = "--image=oci:" + folder.resolve("image") + ":1";
    all[4] = "-v";
    all[5] = "data:/data";
    System.arraycopy(arguments, 0, all, 6, arguments.length);
    return DemoJar.run(all);
  }

  @Test
  void outputAndExitCode_areThoseOfTheCommand_andNothingIsLeft() {
    DemoJar.Outcome first =
        run(
            "-e",
            "WHO=you",
            "--",
            "sh",
            "-c",
            "echo to $WHO; echo err >&2; echo 1 >/data/n; exit 7");
    assertThat(first.out()).isEqualTo("to you\n");
    assertThat(first.err()).contains("err\n");
    assertThat(first.exitCode()).isEqualTo(7);

    DemoJar.Outcome second =
        run(
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
                + " busybox grep db /etc/hosts; echo x >/tmp/x && cat /tmp/x; echo y >/y");
    assertThat(second.out().lines())
        .as("the volume has outlived its machine; the rest is as the options say")
        .containsExactly("1", "box", "123", "CapEff:\t0000000000000000", "192.0.2.9\tdb", "x");
    assertThat(second.err()).contains("Read-only file system");
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
