package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import io.vic4j.testkit.TestImage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code vic-demo run --backend qemu -i -t}, as one has it who sits before it. */
final class QemuTerminalIT {
  private static final String CTRL_C = "\u0003";

  @TempDir private Path folder;

  private String demo() throws Exception {
    byte[] busybox = Files.readAllBytes(ForeignTool.named("busybox").program());
    TestImage.builder()
        .layer(
            layer ->
                layer
                    .directory("bin")
                    .file("bin/busybox", busybox)
                    .mode(0755)
                    .symlink("bin/sh", "busybox")
                    .symlink("bin/stty", "busybox"))
        .env("PATH", "/bin")
        .env("PS1", "guest> ")
        .build()
        .writeLayout(folder.resolve("image"), "1");
    return String.join(
        " ",
        DemoJar.command(
            "run",
            "--backend=qemu",
            "--store=" + folder.resolve("store"),
            "--image=oci:" + folder.resolve("image") + ":1",
            "-i",
            "-t",
            "--",
            "/bin/sh"));
  }

  @Test
  void terminalIsTheGuests_andAsItWasAfterwards() throws Exception {
    String lines =
        "echo terminal=$(tty); stty rows 40 cols 100; echo before=$(stty -g); "
            + demo()
            + "; echo exit=$?; echo after=$(stty -g)";
    try (TerminalSession terminal = new TerminalSession(lines)) {
      String device = terminal.read("terminal=(\\S+)").group(1);
      String before = terminal.read("before=(\\S+)").group(1);
      terminal.read("guest> ");

      terminal.type("stty size\n");
      terminal.read("\n40 100\r\n");
      // A shell without job control: its children are in its own process group, which is told of
      // it.
      terminal.type(
          "sh -c \"trap 'stty size' WINCH; echo ready; while :; do busybox sleep 0.1; done\"\n");
      terminal.read("\nready\r\n");
      ForeignTool.named("stty").check("-F", device, "rows", "50", "cols", "120");
      terminal.read("50 120\r\n");

      terminal.type(CTRL_C);
      terminal.read("guest> ");
      terminal.type("sh -c 'echo begun; exec busybox sleep 1000'\n");
      terminal.read("\nbegun\r\n");
      terminal.type(CTRL_C);
      terminal.read("guest> ");
      terminal.type("echo code=$?\n");
      // 128 and SIGINT, which is 2; bash(1), "EXIT STATUS".
      terminal.read("\ncode=130\r\n");

      terminal.type("exit 7\n");
      assertThat(terminal.read("\nexit=(\\d+)").group(1)).isEqualTo("7");
      assertThat(terminal.read("after=(\\S+)").group(1)).isEqualTo(before);
    }
  }
}
