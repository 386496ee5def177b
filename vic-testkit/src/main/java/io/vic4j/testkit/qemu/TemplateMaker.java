package io.vic4j.testkit.qemu;

import io.vic4j.core.CancelledException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** Boots machines that are to become templates, and saves them. */
final class TemplateMaker {
  private static final Duration BOOT = Duration.ofMinutes(2);
  private static final int TAIL_CHARACTERS = 2_000;

  private TemplateMaker() {}

  /**
   * Starts a machine, and saves it when it waits.
   *
   * @param commandLine makes the command
   * @throws IOException if it cannot be made; with the last of what it said
   */
  static void make(Template template, Function<SocketFolder, List<String>> commandLine)
      throws IOException {
    SocketFolder sockets = SocketFolder.create();
    try {
      DetachedProcess machine = sockets.launch(commandLine.apply(sockets));
      Files.writeString(template.maker(), Long.toString(machine.pid()));
      try (Qmp qmp = Qmp.connect(sockets.qmp());
          HostPort host = new HostPort(sockets.host())) {
        host.await(Template.WAITING, BOOT);
        qmp.prepareMigration();
        qmp.save(sockets.state(), template.state());
        qmp.send("quit");
        machine.awaitGone();
      } finally {
        machine.kill();
        Files.delete(template.maker());
      }
    } catch (IOException e) {
      CancelledException.throwIfInterrupted("making of a template");
      throw new IOException(e.getMessage() + tail(template.console()), e);
    } finally {
      sockets.delete();
    }
  }

  private static String tail(Path console) throws IOException {
    if (!Files.exists(console)) {
      return "";
    }
    String said = Files.readString(console, StandardCharsets.ISO_8859_1).strip();
    return said.isEmpty()
        ? ""
        : "; on its console: " + said.substring(Math.max(0, said.length() - TAIL_CHARACTERS));
  }

  /** Ends the process that makes a template, if it is still there. */
  static void kill(Template template) throws IOException {
    DetachedProcess.kill(template.maker(), template.folder());
  }

  /** What a program says of its version. */
  static String version(String program) throws IOException {
    Process process =
        new ProcessBuilder(program, "--version")
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
