package io.vic4j.core;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program of the system that judges what this project makes: e2fsck, qemu-img, skopeo…
 *
 * <p>Where one is missing, a test that needs it is skipped, visibly; with {@code
 * VIC_ORACLES=required} in the environment, as in CI, it fails.
 */
public final class ForeignTool {
  private static final long TIMEOUT_SECONDS = 300;

  private final String name;
  private final Path program;

  private ForeignTool(String name, Path program) {
    this.name = name;
    this.program = program;
  }

  /** What a run printed, and how it ended. */
  public record Result(int exitCode, byte[] out, String err) {
    /** Standard output as text. */
    public String text() {
      return new String(out, StandardCharsets.UTF_8);
    }
  }

  /** The tool of this name; skips or fails the calling test if it is not installed. */
  public static ForeignTool named(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    for (String folder : path.split(":")) {
      Path candidate = Path.of(folder.isEmpty() ? "." : folder, name);
      if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
        return new ForeignTool(name, candidate);
      }
    }
    String message = name + " is not installed (see .ci/install-tools)";
    missing(message);
    throw new AssertionError("not reached");
  }

  /** The program in this file, which is there for certain. */
  public static ForeignTool at(Path program) {
    return new ForeignTool(program.getFileName().toString(), program);
  }

  /** Skips the calling test, or fails it where oracles are required, for want of a means. */
  public static void missing(String message) {
    if ("required".equals(System.getenv("VIC_ORACLES"))) {
      fail(message);
    }
    abort(message);
  }

  /** The program's file. */
  public Path program() {
    return program;
  }

  /** Runs it to its end and gives what it printed, whatever its exit code. */
  public Result run(Object... arguments) {
    return runIn(null, Map.of(), arguments);
  }

  /** Runs it to its end in a folder, with more environment. */
  public Result runIn(Path folder, Map<String, String> environment, Object... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    try {
      File out = File.createTempFile("vic-tool", ".out");
      File err = File.createTempFile("vic-tool", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .directory(folder == null ? null : folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(out)
                .redirectError(err);
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          fail(command + " did not end within " + TIMEOUT_SECONDS + " s");
        }
        return new Result(
            process.exitValue(), Files.readAllBytes(out.toPath()), Files.readString(err.toPath()));
      } finally {
        Files.delete(out.toPath());
        Files.delete(err.toPath());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while running " + name, e);
    }
  }

  /** Runs it to its end, and fails the test if its exit code is not 0. */
  public Result check(Object... arguments) {
    Result result = run(arguments);
    if (result.exitCode() != 0) {
      fail(
          name
              + " "
              + List.of(arguments)
              + " exited with "
              + result.exitCode()
              + ":\n"
              + result.text()
              + result.err());
    }
    return result;
  }
}
