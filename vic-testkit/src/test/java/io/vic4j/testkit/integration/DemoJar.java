package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The runnable jar of the demo, as a process of its own. */
final class DemoJar {
  private static final Path JAR = Path.of("target", "vic-demo.jar").toAbsolutePath();

  /** It ends before it would be worth it to optimize much. */
  private static final String QUICK = "-XX:TieredStopAtLevel=1";

  private DemoJar() {}

  /**
   * What came of a run.
   *
   * @param exitCode its exit code
   * @param out what it printed to standard output
   * @param err what it printed to standard error
   */
  record Outcome(int exitCode, String out, String err) {
    Outcome isSuccess() {
      assertThat(exitCode).as(out + err).isZero();
      return this;
    }
  }

  static Outcome run(String... arguments) {
    List<String> all = command(arguments);
    ForeignTool.Result result = java().run(all.subList(1, all.size()).toArray());
    return new Outcome(result.exitCode(), result.text(), result.err());
  }

  /** What runs it, word by word. */
  static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(java().program().toString()));
    command.addAll(List.of("-Xmx128m", QUICK, "-jar", JAR.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts it; the caller ends it. What it prints is not kept. */
  static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(java().program().toString(), QUICK));
    command.addAll(List.of("-jar", JAR.toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static ForeignTool java() {
    return ForeignTool.at(Path.of(System.getProperty("java.home"), "bin", "java"));
  }
}
