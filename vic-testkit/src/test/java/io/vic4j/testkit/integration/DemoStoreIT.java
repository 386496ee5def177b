package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.ImageReference;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.integration.DemoJar.Outcome;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's commands that keep stores, and give their images away. */
class DemoStoreIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private EmbeddedRegistry registry;
  private ImageReference one;
  private ImageReference two;

  @BeforeEach
  void startRegistry() {
    registry = EmbeddedRegistry.start();
    one = registry.add("lib/app:1", image("one"));
    two = registry.add("lib/app:2", image("two"));
  }

  private static TestImage image(String text) {
    return TestImage.builder()
        .layer(layer -> layer.file("base", "base"))
        .layer(layer -> layer.file("own", text))
        .build();
  }

  @AfterEach
  void stopRegistry() {
    registry.close();
  }

  private Outcome demo(String command, String... more) {
    return DemoJar.run(
        Stream.concat(
                Stream.of(command, "--store", folder.resolve("store").toString()), Stream.of(more))
            .toArray(String[]::new));
  }

  private JsonNode json(String command, String... more) throws Exception {
    return JSON.readTree(
        demo(command, Stream.concat(Stream.of("--json"), Stream.of(more)).toArray(String[]::new))
            .isSuccess()
            .out());
  }

  private String batch(String text) throws Exception {
    return Files.writeString(folder.resolve("images.txt"), text).toString();
  }

  @Test
  void sync_bringsWhatTheFileSays_andTakesAwayWhatItDoesNot() throws Exception {
    JsonNode first = json("sync", batch(one + "\n" + two + "  app:next # a remark\n"));
    assertThat(first.path("inStep").asBoolean()).isTrue();
    assertThat(first.path("come")).hasSize(2);
    assertThat(first.path("come").get(1).path("names").get(0).asText()).endsWith("app:next");

    JsonNode second = json("sync", "--prune", batch(one + "\n"));
    assertThat(second.path("come").get(0).path("changed").asBoolean()).isFalse();
    assertThat(second.path("come").get(0).path("transferredBytes").asLong()).isZero();
    assertThat(second.path("removed")).hasSize(1);
    assertThat(json("images")).hasSize(1);
  }

  @Test
  void syncThatIsNotInStep_isExitCode1_andBringsTheRest() throws Exception {
    String none = registry.reference("lib/none:1").toString();

    Outcome outcome = demo("sync", "--json", batch(none + "\n" + one + "\n"));

    assertThat(outcome.exitCode()).isEqualTo(1);
    JsonNode report = JSON.readTree(outcome.out());
    assertThat(report.path("failed").get(0).path("reference").asText()).isEqualTo(none);
    assertThat(report.path("come")).hasSize(1);
    assertThat(demo("sync", "no-such-file").err()).contains("no-such-file");
  }

  @Test
  void sync_keepsAQuota() throws Exception {
    JsonNode report = json("sync", "--quota-mib", "0", batch(one + "\n"));

    assertThat(report.path("come")).hasSize(1);
    assertThat(json("images")).isEmpty();
  }

  @Test
  void push_givesTheImageAsItCame_whereItsBlobsWereKept() throws Exception {
    JsonNode pulled = json("pull", "--keep-blobs", one.toString());
    String target = registry.reference("mirror/app:1").toString();

    JsonNode pushed = json("push", one.toString(), target);

    assertThat(pushed.path("digest")).isEqualTo(pulled.path("manifestDigest"));
    assertThat(pushed.path("asItCame").asBoolean()).isTrue();
    JsonNode again = JSON.readTree(DemoJar.run("tags", "--json", target).isSuccess().out());
    assertThat(again).hasSize(1);
    assertThat(again.get(0).asText()).isEqualTo("1");
    assertThat(json("push", one.toString(), target).path("sentBytes").asLong()).isZero();
  }

  @Test
  void export_writesALayoutAndAnArchive() throws Exception {
    JsonNode pulled = json("pull", "--keep-blobs", one.toString());

    JsonNode layout = json("export", one.toString(), "oci:" + folder.resolve("layout") + ":1");
    json("export", one.toString(), "docker-archive:" + folder.resolve("app.tar"));

    assertThat(layout.path("digest")).isEqualTo(pulled.path("manifestDigest"));
    String other = folder.resolve("other").toString();
    for (String from :
        new String[] {
          "oci:" + folder.resolve("layout") + ":1", "docker-archive:" + folder.resolve("app.tar")
        }) {
      JsonNode back =
          JSON.readTree(DemoJar.run("pull", "--json", "--store", other, from).isSuccess().out());
      assertThat(back.path("imageId")).as(from).isEqualTo(pulled.path("imageId"));
    }
    assertThat(demo("export", one.toString(), "registry.test/app").exitCode()).isEqualTo(1);
  }

  @Test
  void verifyAndRepair_findAndMendWhatIsDamaged() throws Exception {
    JsonNode pulled = json("pull", one.toString());
    assertThat(json("verify").path("whole").asBoolean()).isTrue();
    Path disk = Path.of(pulled.path("layers").get(1).path("disk").asText());
    try (RandomAccessFile extent =
        new RandomAccessFile(disk.resolveSibling("layer-flat.vmdk").toFile(), "rw")) {
      extent.seek(extent.length() / 2);
      extent.write(1);
    }

    Outcome found = demo("verify", "--json");
    assertThat(found.exitCode()).isEqualTo(1);
    assertThat(JSON.readTree(found.out()).path("damaged").get(0).path("kind").asText())
        .isEqualTo("LAYER");
    assertThat(demo("verify").err()).contains("vic-demo: ");
    JsonNode repaired = json("repair");

    assertThat(repaired.path("whole").asBoolean()).isTrue();
    assertThat(repaired.path("quarantined")).hasSize(1);
    assertThat(repaired.path("repaired").get(0).path("name").asText()).isEqualTo(one.toString());
    assertThat(json("verify").path("whole").asBoolean()).isTrue();
  }

  @Test
  void tags_ofARepositoryThatIsNotThere_areOneLineAndExitCode1() {
    Outcome outcome = DemoJar.run("tags", registry.reference("lib/none").toString());
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("vic-demo: ", "lib/none").doesNotContain("\tat ");
    assertThat(DemoJar.run("tags", one.toString()).isSuccess().out()).contains("1", "2");
  }
}
