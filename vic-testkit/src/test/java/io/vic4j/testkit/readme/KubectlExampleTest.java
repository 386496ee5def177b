package io.vic4j.testkit.readme;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.vm.Signal;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VicExtension;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VicExtension.class)
final class KubectlExampleTest {
  private static final Path SOURCE =
      Path.of("src/test/java/io/vic4j/testkit/readme/KubectlExample.java");

  private final TestVch vch;
  private String printed = "";

  KubectlExampleTest(TestVch vch) {
    this.vch = vch;
  }

  @BeforeEach
  void apply(@TempDir Path folder) throws IOException {
    vch.image("registry.test/web:1")
        .runs(
            Script.prints("hello")
                .after(Duration.ofMinutes(1))
                .exits(1)
                .onSignal(Signal.TERM, Script.exits(0)));
    Path file =
        Files.writeString(
            folder.resolve("pod.yaml"),
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web, labels: {app: web}}
            spec:
              containers:
              - {name: app, image: "registry.test/web:1"}
            """);
    assertThat(kubectl("apply", "-f", file.toString())).isZero();
    assertThat(printed).isEqualTo("pod/web created\n");
    assertThat(kubectl("apply", "-f", file.toString())).isZero();
    assertThat(printed).isEqualTo("pod/web configured\n");
  }

  private int kubectl(String... words) {
    StringWriter out = new StringWriter();
    int code =
        KubectlExample.run(
            vch.host(),
            new ByteArrayInputStream("typed\n".getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out, true),
            words);
    printed = out.toString();
    return code;
  }

  @Test
  void commands_showWhatIs() {
    assertThat(kubectl("get")).isZero();
    assertThat(printed).contains("web", "1/1", "RUNNING");
    vch.clock().advance(Duration.ofSeconds(75)); // It ended after a minute, and was begun again.
    assertThat(kubectl("describe", "web")).isZero();
    assertThat(printed).contains("default/web", "app", "before: Terminated");
    assertThat(kubectl("logs", "web", "--previous")).isZero();
    assertThat(printed).isEqualTo("hello\n");
    assertThat(kubectl("top", "web")).isZero();
    assertThat(printed).startsWith("app ");
  }

  @Test
  void exec_passesItsInput_andItsExitCode() {
    vch.scripts().program("cat", Script.copiesInput().exits(4));
    assertThat(kubectl("exec", "-i", "web", "--", "cat")).isEqualTo(4);
    assertThat(printed).isEqualTo("typed\n");
  }

  @Test
  void delete_isTold_andWhatIsNotThereIsAnError() {
    assertThat(kubectl("delete", "web", "--grace-period", "5")).isZero();
    assertThat(printed).isEqualTo("pod \"web\" deleted\n");
    assertThat(kubectl("describe", "web")).isEqualTo(1);
    assertThat(printed).startsWith("error: pod not found: default/web");
  }

  @Test
  void frontEnd_isSmall() throws IOException {
    assertThat(Files.readAllLines(SOURCE)).hasSizeLessThan(150);
  }
}
