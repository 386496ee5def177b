package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vic4j.core.ForeignTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code kubectl}, that of this machine unless told otherwise, and whom it speaks to. */
final class Kubectl {
  private final ForeignTool tool;
  private final List<String> words;
  private final Map<String, String> environment = new HashMap<>();

  /**
   * One that knows nothing but this server.
   *
   * @param home where it keeps what it learns
   */
  Kubectl(String server, Path home) {
    this.tool = ForeignTool.named("kubectl");
    words = List.of(tool.program().toString(), "--server=" + server);
    environment.put("HOME", home.toString());
    environment.put("KUBECONFIG", "/dev/null");
  }

  /** One of a cluster; what it learns it keeps beside its configuration. */
  Kubectl(ForeignTool tool, Path config) {
    this.tool = tool;
    words = List.of(tool.program().toString());
    environment.put("HOME", config.getParent().toString());
    environment.put("KUBECONFIG", config.toString());
  }

  /** Has it speak this protocol for streams: WebSocket, or SPDY. */
  Kubectl streams(boolean webSocket) {
    environment.put("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", Boolean.toString(webSocket));
    environment.put("KUBECTL_PORT_FORWARD_WEBSOCKETS", Boolean.toString(webSocket));
    return this;
  }

  /** Which version 1 it is: 32. */
  int minorVersion() {
    String text = tool.run("version", "--client", "--output=json").text();
    Matcher minor = Pattern.compile("\"minor\": \"(\\d+)").matcher(text);
    if (!minor.find()) {
      throw new AssertionError("kubectl does not say its version: " + text);
    }
    return Integer.parseInt(minor.group(1));
  }

  @Override
  public String toString() {
    return tool.program().toString();
  }

  /** Begins a command. */
  Running start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(words);
    command.addAll(List.of(arguments));
    return new Running(command, environment);
  }

  /** Begins a command at a terminal of this size. */
  Running startAtTerminal(int rows, int columns, String arguments) throws IOException {
    String line =
        "stty rows " + rows + " cols " + columns + "; " + String.join(" ", words) + " " + arguments;
    Path script = ForeignTool.named("script").program();
    return new Running(List.of(script.toString(), "-qec", line, "/dev/null"), environment);
  }

  /** A command that was begun. Closing it ends it. */
  static final class Running implements AutoCloseable {
    private final Process process;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<Thread> readers;

    private Running(List<String> command, Map<String, String> environment) throws IOException {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      process = builder.start();
      readers = List.of(read(process.getInputStream(), out), read(process.getErrorStream(), err));
    }

    private static Thread read(InputStream from, OutputStream to) {
      Thread reader =
          new Thread(
              () -> {
                try {
                  from.transferTo(to);
                } catch (IOException e) {
                  // It has ended.
                }
              },
              "kubectl-output");
      reader.setDaemon(true);
      reader.start();
      return reader;
    }

    OutputStream stdin() {
      return process.getOutputStream();
    }

    /** Gives it this as all of its input. */
    Running input(String text) throws IOException {
      try (OutputStream in = stdin()) {
        in.write(text.getBytes(UTF_8));
      }
      return this;
    }

    boolean isOver() {
      return !process.isAlive();
    }

    String out() {
      return out.toString(UTF_8);
    }

    String err() {
      return err.toString(UTF_8);
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError("kubectl does not end: " + out() + err());
      }
      for (Thread reader : readers) {
        reader.join(TimeUnit.SECONDS.toMillis(10));
      }
      return process.exitValue();
    }

    /** Waits for its end, which is to be a good one, and gives what it has printed. */
    String text() throws InterruptedException {
      if (exitCode() != 0) {
        throw new AssertionError("kubectl exited with " + exitCode() + ": " + out() + err());
      }
      return out();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
