package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.ImageReference;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.integration.DemoJar.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's commands, as people and scripts call them. */
class DemoIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private EmbeddedRegistry registry;
  private ImageReference reference;

  @BeforeEach
  void startRegistry() {
    registry = EmbeddedRegistry.start();
    reference =
        registry.add(
            "lib/app:1",
            TestImage.builder()
                .layer(layer -> layer.file("etc/motd", "hello"))
                .entrypoint("/bin/app")
                .build());
  }

  @AfterEach
  void stopRegistry() {
    registry.close();
  }

  private Outcome demo(String command, String... more) {
    String[] arguments = new String[more.length + 3];
    arguments[0] = command;
    arguments[1] = "--store";
    arguments[2] = folder.resolve("store").toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    return DemoJar.run(arguments);
  }

  @Test
  void pullImagesInspectRm_tellInJsonWhatTheyDid() throws Exception {
    JsonNode pulled = JSON.readTree(demo("pull", "--json", reference.toString()).isSuccess().out());
    assertThat(pulled.path("layers")).hasSize(1);
    assertThat(Path.of(pulled.path("layers").get(0).path("disk").asText())).exists();

    JsonNode images = JSON.readTree(demo("images", "--json").isSuccess().out());
    assertThat(images.get(0).path("names").get(0).asText()).isEqualTo(reference.toString());

    JsonNode inspected = JSON.readTree(demo("inspect", reference.toString()).isSuccess().out());
    assertThat(inspected.path("imageId")).isEqualTo(pulled.path("imageId"));
    assertThat(inspected.path("config").path("config").path("Entrypoint").get(0).asText())
        .isEqualTo("/bin/app");

    JsonNode removed = JSON.readTree(demo("rm", "--json", reference.toString()).isSuccess().out());
    assertThat(removed.path("images").get(0)).isEqualTo(pulled.path("imageId"));
    assertThat(JSON.readTree(demo("images", "--json").isSuccess().out())).isEmpty();
    assertThat(folder.resolve("store/layers/sha256")).isEmptyDirectory();
  }

  @Test
  void run_withoutImage_takesASamplePodThroughItsLife() {
    Outcome outcome = demo("run").isSuccess();
    assertThat(outcome.out())
        .contains("RUNNING", "scripted: /bin/hello", "SUCCEEDED", "exited with 0", "layer.vmdk");
  }

  @Test
  void run_ofAnImage_printsJson() throws Exception {
    JsonNode run =
        JSON.readTree(demo("run", "--json", "--image", reference.toString()).isSuccess().out());
    assertThat(run.path("logs").get(0).asText()).contains("/bin/app");
    assertThat(run.path("milliseconds").has("pull")).isTrue();
  }

  @Test
  void anImageThatIsNotThere_isOneLineAndExitCode1() {
    Outcome outcome = demo("pull", registry.reference("lib/none:1").toString());
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("vic-demo: ", "lib/none").doesNotContain("\tat ");
    assertThat(demo("inspect", "lib/none").exitCode()).isEqualTo(1);
    assertThat(demo("rm", "lib/none").exitCode()).isEqualTo(1);
  }

  @Test
  void wrongArguments_areExitCode2_withTheUsage() {
    assertThat(DemoJar.run().exitCode()).isEqualTo(2);
    assertThat(DemoJar.run("pull", "lib/app").exitCode()).isEqualTo(2);
    Outcome unknown = DemoJar.run("fetch");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("Usage: vic-demo");
    assertThat(demo("pull", "--platform", "amiga", "lib/app").err()).contains("not a platform");
  }

  @Test
  void aReferenceThatIsNone_isNamed() {
    Outcome outcome = demo("pull", "Not A Reference");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("not an image reference: 'Not A Reference'");
  }

  @Test
  void helpAndVersion_goToStandardOutput() {
    assertThat(DemoJar.run("--help").isSuccess().out()).contains("run", "pull", "images", "rm");
    assertThat(DemoJar.run("pull", "--help").isSuccess().out()).contains("--plain-http");
    assertThat(DemoJar.run("--version").isSuccess().out()).contains("vic-demo");
  }

  @Test
  void aStoreThatCannotBeMade_isNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    Outcome outcome = DemoJar.run("images", "--store", file.resolve("store").toString());
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains(file.toString()).doesNotContain("\tat ");
  }
}
