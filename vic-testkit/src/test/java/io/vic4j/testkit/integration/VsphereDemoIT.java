package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.VcSim;
import io.vic4j.testkit.integration.DemoJar.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo's main job against a vCenter Server and a host, as people call it. */
final class VsphereDemoIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private Outcome demo(VcSim sim, String... more) throws IOException {
    return demoWith(sim.password(), sim, more);
  }

  private Outcome demoWith(String password, VcSim sim, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), password + "\n");
    List<String> arguments =
        new ArrayList<>(List.of("run", "--backend", "vsphere", "--url", sim.url().toString()));
    arguments.addAll(List.of("--user", sim.user(), "--password-file", file.toString()));
    arguments.addAll(List.of(more));
    Outcome outcome = DemoJar.run(arguments.toArray(new String[0]));
    assertThat(outcome.out() + outcome.err()).doesNotContain(sim.password());
    return outcome;
  }

  @Test
  void run_takesAPodThroughItsLife_onAVCenter() throws IOException {
    try (VcSim sim = VcSim.start()) {
      Outcome outcome =
          demo(sim, "--thumbprint", sim.thumbprint(), "--pool", "DC0_C0", "--network", "VM Network")
              .isSuccess();
      assertThat(outcome.out())
          .contains(
              "disk      [LocalDS_0] vic/layers/sha256/",
              "on vSphere at 127.0.0.1",
              "pod started   PENDING",
              "the guest is not waited for",
              "pod deleted");
      assertNothingIsLeft(sim);
      assertThat(sim.calls()).containsEntry("PowerOnVM_Task", 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-esx", "-one-server"})
  void run_printsJson_andLeavesTheDisksAlone(String flag) throws IOException {
    try (VcSim sim = VcSim.start("-hosts", "0", flag)) {
      String authority = Files.writeString(folder.resolve("ca.pem"), sim.caPem()).toString();
      JsonNode report =
          JSON.readTree(demo(sim, "--ca", authority, "--root", "demo", "--json").isSuccess().out());
      String datastore = sim.datastores().keySet().iterator().next();
      assertThat(report.path("store").asText()).isEqualTo("[" + datastore + "] demo");
      assertThat(report.path("guestAwaited").asBoolean()).isFalse();
      assertThat(report.path("pull").path("layers")).hasSize(3);
      assertNothingIsLeft(sim);
      Path layers = sim.datastoreFolder(datastore).resolve("demo/layers/sha256");
      try (var found = Files.list(layers)) {
        assertThat(found)
            .isNotEmpty()
            .allSatisfy(layer -> assertThat(layer.resolve("layer.vmdk")).exists());
      }
    }
  }

  private static void assertNothingIsLeft(VcSim sim) {
    assertThat(sim.machines()).isEmpty();
    assertThat(sim.sessions()).isZero();
  }

  @Test
  void run_saysAllThatIsWrong() throws IOException {
    try (VcSim sim = VcSim.start()) {
      Outcome outcome =
          demo(sim, "--thumbprint", sim.thumbprint(), "--pool", "nopool", "--datastore", "nostore");
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(outcome.err())
          .contains("resource pool 'nopool' not found; there are: ", "datastore 'nostore' not");
    }
  }

  @Test
  void run_isRefusedWithAWrongPassword_orAnUnknownCertificate() throws IOException {
    try (VcSim sim = VcSim.start()) {
      Outcome refused = demoWith("wrong", sim, "--thumbprint", sim.thumbprint());
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains(sim.user()).doesNotContain("\tat ");
      Outcome untrusted = demo(sim);
      assertThat(untrusted.exitCode()).isEqualTo(1);
      assertThat(untrusted.err()).contains("certificate").doesNotContain("\tat ");
    }
  }

  @Test
  void optionsOfOneBackend_areRefusedWithTheOther() {
    Outcome memory = DemoJar.run("run", "--url", "https://127.0.0.1", "--pool", "p");
    assertThat(memory.exitCode()).isEqualTo(2);
    assertThat(memory.err())
        .contains("--pool needs --backend vsphere", "--url needs --backend vsphere");
    Outcome vsphere = DemoJar.run("run", "--backend", "vsphere", "--store", "s", "--wait", "5");
    assertThat(vsphere.exitCode()).isEqualTo(2);
    assertThat(vsphere.err())
        .contains("--url is missing", "--user is missing", "--wait needs --iso", "--store is for");
  }
}
