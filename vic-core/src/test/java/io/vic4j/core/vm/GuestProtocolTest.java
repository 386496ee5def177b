package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class GuestProtocolTest {
  private static final GuestReport REPORT =
      new GuestReport(
          0,
          GuestReport.Phase.STOPPING,
          List.of(
              new SessionStatus(
                  "main",
                  Optional.of(Instant.parse("2026-01-01T00:00:00.123456789Z")),
                  Optional.of(Instant.parse("2026-01-01T00:00:01Z")),
                  Optional.of(ExitStatus.exited(137)),
                  2,
                  "went wrong: ü",
                  Optional.of(Health.UNHEALTHY),
                  true,
                  true,
                  true,
                  "Readiness probe failed: ü",
                  Optional.of(Duration.ofSeconds(40)),
                  Optional.of(
                      new SessionRun(
                          Optional.of(Instant.parse("2025-01-01T00:00:00Z")),
                          Optional.empty(),
                          ExitStatus.signalled(Signal.KILL),
                          "ended",
                          true))),
              SessionStatus.waiting("side"),
              new SessionStatus(
                  "killed",
                  Optional.empty(),
                  Optional.empty(),
                  Optional.of(ExitStatus.signalled(Signal.KILL)),
                  0,
                  "")),
          List.of("192.0.2.1", "2001:db8::1"),
          true);

  private static SortedMap<String, String> encoded() {
    return GuestProtocol.encode(SpecSamples.ID, SpecSamples.full());
  }

  @Test
  void spec_isReadBack() {
    assertThat(GuestProtocol.decodeSpec("web", encoded())).isEqualTo(SpecSamples.full());
  }

  @Test
  void guest_readsItsPartWithoutTheHosts() {
    Map<String, String> seen = new TreeMap<>(encoded());
    seen.keySet().removeIf(key -> !key.startsWith("guestinfo."));
    GuestConfig config = GuestProtocol.decodeConfig(seen);
    assertThat(config.sessions()).isEqualTo(SpecSamples.full().sessions());
    assertThat(config.networks()).isEqualTo(SpecSamples.full().networks());
    assertThat(config.hostname()).isEqualTo("web-1");
    assertThat(config.hosts()).isEqualTo(SpecSamples.full().hosts());
    assertThat(config.searches()).containsExactly("corp.example");
    assertThat(config.disks()).containsKeys(SpecSamples.LAYER, SpecSamples.SCRATCH);
    assertThat(seen.toString()).doesNotContain("scratch.vmdk").doesNotContain("quoted");
  }

  @Test
  void sessionWithAMark_takesAddresses_andNoOther() {
    String config =
        String.join("", encoded().subMap("guestinfo.vic/config.", "guestinfo.vic/d").values());
    assertThat(config).containsOnlyOnce("\"takesAddresses\":true");
    assertThat(config).contains("IP=\\u0001address\\u0001");
  }

  @Test
  void hostname_isTheShortIdWhereNoneIsGiven() {
    ContainerVmSpec spec = SpecSamples.vm().session(SpecSamples.session().build()).build();
    Map<String, String> variables = GuestProtocol.encode(SpecSamples.ID, spec);
    assertThat(GuestProtocol.decodeConfig(variables).hostname()).isEqualTo("0123456789ab");
    assertThat(GuestProtocol.decodeSpec("web", variables).hostname()).isEmpty();
  }

  @Test
  void whatAProcessIsToldMore_hasTheNamesThatTheGuestKnows() {
    String config =
        String.join("", encoded().subMap("guestinfo.vic/config.", "guestinfo.vic/d").values());
    assertThat(config)
        .contains(
            "\"umask\":\"27\"",
            "\"rlimits\":[{\"name\":\"nofile\",\"soft\":1024,\"hard\":4096},"
                + "{\"name\":\"core\",\"soft\":-1,\"hard\":-1}]",
            "\"capabilities\":[\"CAP_CHOWN\",\"CAP_KILL\"]",
            "\"noNewPrivileges\":true",
            "\"groups\":[\"wheel\",\"7\"]",
            "\"tmpfs\":[{\"path\":\"/run\",\"sizeBytes\":4096,\"mode\":\"755\"},"
                + "{\"path\":\"/tmp\",\"mode\":\"1777\"}]",
            "\"health\":{\"argv\":[\"/bin/sh\",\"-c\",\"wget -q localhost\"],"
                + "\"intervalMillis\":5000,\"timeoutMillis\":1500,"
                + "\"startPeriodMillis\":60000,\"retries\":2}",
            "\"hosts\":[{\"address\":\"192.0.2.9\",\"names\":[\"db\",\"db.example\"]}",
            "\"searches\":[\"corp.example\"]");
  }

  @Test
  void whatIsNotSet_isNotWritten() {
    ContainerVmSpec spec = SpecSamples.vm().session(SpecSamples.session().build()).build();
    assertThat(GuestProtocol.encode(SpecSamples.ID, spec).toString())
        .doesNotContain(
            "umask", "rlimits", "capabilities", "noNewPrivileges", "groups", "tmpfs", "health")
        .doesNotContain("hosts", "searches");
  }

  @Test
  void values_areShortAndAscii() {
    ContainerVmSpec spec =
        SpecSamples.full().toBuilder().label("large", "ü".repeat(50_000)).build();
    SortedMap<String, String> variables = GuestProtocol.encode(SpecSamples.ID, spec);
    assertThat(variables.values())
        .allMatch(value -> value.length() <= GuestProtocol.CHUNK_CHARS)
        .allMatch(value -> value.chars().allMatch(c -> c >= ' ' && c < 0x7f));
    assertThat(GuestProtocol.decodeSpec("web", variables)).isEqualTo(spec);
  }

  @Test
  void oversizedSpec_isRefused() {
    ContainerVmSpec spec =
        SpecSamples.full().toBuilder().label("large", "x".repeat(500_000)).build();
    assertThatThrownBy(() -> GuestProtocol.encode(SpecSamples.ID, spec))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("labels"));
  }

  @Test
  void report_isReadBack() {
    SortedMap<String, String> variables = encoded();
    variables.putAll(GuestProtocol.encode(REPORT));
    assertThat(GuestProtocol.decodeReport(variables)).contains(REPORT);
  }

  @Test
  void reportOfAnotherRun_isVoid() {
    SortedMap<String, String> variables = encoded();
    variables.putAll(GuestProtocol.encode(REPORT));
    variables.putAll(GuestProtocol.announceRun(1));
    assertThat(GuestProtocol.decodeReport(variables)).isEmpty();
  }

  @Property
  void anyReport_isReadOrCountsAsNone(@ForAll String text) {
    SortedMap<String, String> variables = encoded();
    variables.put("guestinfo.vic.report", text);
    assertThat(GuestProtocol.decodeReport(variables)).isEmpty();
  }

  @Test
  void missingOrBrokenVariables_areCorrupt() {
    // The run and what the guest writes are no part of the specification.
    Set<String> others = Set.of("guestinfo.vic/run", "guestinfo.vic.report", "guestinfo.vic.ack");
    for (String key : encoded().keySet()) {
      if (!others.contains(key)) {
        SortedMap<String, String> variables = encoded();
        variables.remove(key);
        assertThatThrownBy(() -> GuestProtocol.decodeSpec("web", variables))
            .as("without %s", key)
            .isInstanceOf(CorruptException.class);
      }
    }
    SortedMap<String, String> broken = encoded();
    broken.put("vic.spec.0", "{");
    assertThatThrownBy(() -> GuestProtocol.decodeSpec("web", broken))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void laterVersion_isUnsupported() {
    SortedMap<String, String> variables = encoded();
    variables.put("guestinfo.vic/version", "2");
    assertThatThrownBy(() -> GuestProtocol.decodeConfig(variables))
        .isInstanceOf(UnsupportedException.class);
  }

  @Test
  void revision_replacesTheDocuments_andIsTheLastToBeWritten() {
    ContainerVmSpec before =
        ContainerVmSpec.builder("web")
            .session(
                SessionSpec.builder("main")
                    .readOnlyRoot(true)
                    .argv(List.of("/a", "x".repeat(40_000)))
                    .build())
            .build();
    ContainerVmSpec after =
        ContainerVmSpec.builder("web")
            .label("tier", "front")
            .deadline(Duration.ofMinutes(1))
            .session(SessionSpec.builder("main").readOnlyRoot(true).argv(List.of("/b")).build())
            .build();
    SortedMap<String, String> variables = GuestProtocol.encode("id", before);
    assertThat(GuestProtocol.configRevision(variables)).isZero();
    assertThat(GuestProtocol.decodeConfig(variables).revision()).isZero();

    SortedMap<String, String> changes = GuestProtocol.revise(variables, "id", after);
    assertThat(changes).containsEntry("guestinfo.vic/config.1", "");
    assertThat(changes.keySet().stream().filter(key -> key.startsWith("guestinfo.")))
        .last()
        .isEqualTo("guestinfo.vic/revision");
    variables.putAll(changes);
    variables.values().removeIf(String::isEmpty);
    assertThat(GuestProtocol.decodeSpec("web", variables)).isEqualTo(after);
    assertThat(GuestProtocol.configRevision(variables)).isEqualTo(1);
    assertThat(GuestProtocol.decodeConfig(variables).revision()).isEqualTo(1);
    assertThat(GuestProtocol.decodeConfig(variables).deadline()).contains(Duration.ofMinutes(1));
  }
}
