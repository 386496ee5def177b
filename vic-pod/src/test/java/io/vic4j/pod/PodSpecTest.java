package io.vic4j.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.ResourceLimit;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.TmpfsMount;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PodSpecTest {
  private static ContainerSpec.Builder container(String name) {
    return ContainerSpec.builder("registry.test/app:1").name(name);
  }

  private static void refused(PodSpec.Builder spec, String field) {
    assertThatThrownBy(spec::build)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  @Test
  void podWithoutContainers_isRefused() {
    refused(PodSpec.builder("web"), "containers");
  }

  @Test
  void containerWithoutAName_isRefusedByItsPlace() {
    refused(
        PodSpec.builder("web").container(ContainerSpec.builder("app").build()),
        "containers[0].name");
  }

  @Test
  void twoContainersOfOneName_areRefused() {
    refused(
        PodSpec.builder("web")
            .container(container("app").build())
            .container(container("app").build()),
        "containers[app].name");
  }

  @Test
  void whatAPodsContainerCannotHave_isRefused() {
    refused(
        PodSpec.builder("web").container(container("app").hostname("x").build()),
        "containers[app].hostname");
    refused(
        PodSpec.builder("web").container(container("app").label("a", "b").build()),
        "containers[app].labels");
  }

  @Test
  void negativeGrace_isRefused() {
    refused(
        PodSpec.builder("web")
            .container(container("app").build())
            .terminationGrace(Duration.ofSeconds(-1)),
        "terminationGrace");
  }

  @Test
  void namesAndLabelsOfTheLibrary_areRefused() {
    assertThatThrownBy(container("pod_default_web")::build)
        .isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(container("app").label("io.vic4j.pod.uid", "x")::build)
        .isInstanceOf(InvalidSpecException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Web", "a/b/c", "-web", "web-", "a..b", "a_b", "/web", "team/"})
  void keyThatIsNone_isRefused(String text) {
    assertThatThrownBy(() -> PodKey.parse(text)).isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void key_isReadAsItIsWritten() {
    PodKey key = PodKey.of("team", "web.1");
    assertThat(PodKey.parse(key.toString())).isEqualTo(key);
    assertThat(PodKey.parse("web")).isEqualTo(PodKey.of("default", "web"));
  }

  @Test
  void toBuilder_keepsEverything() {
    assertThat(full().toBuilder().build()).isEqualTo(full());
    assertThat(full().containers().get(0).toBuilder().build())
        .isEqualTo(full().containers().get(0));
  }

  @Test
  void json_keepsEverything() {
    assertThat(PodJson.read(PodJson.write(full()))).isEqualTo(full());
  }

  @Property(tries = 200)
  void json_keepsAnyText(
      @ForAll @Size(max = 4) Map<@StringLength(min = 1, max = 8) String, String> notes,
      @ForAll @Size(max = 4) List<String> args) {
    PodSpec spec =
        PodSpec.builder("web")
            .annotations(notes)
            .container(container("app").args(args).env(notes).build())
            .build();
    assertThat(PodJson.read(PodJson.write(spec))).isEqualTo(spec);
  }

  @Test
  void jsonThatIsDamaged_isCorrupt_andIsNotShown() {
    assertThatThrownBy(() -> PodJson.read("{\"namespace\":\"secret"))
        .isInstanceOf(CorruptException.class)
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> PodJson.read("{}")).isInstanceOf(CorruptException.class);
  }

  @Test
  void jsonOfALaterVersion_isUnsupported() {
    String later = PodJson.write(full()).replace("\"version\":1", "\"version\":2");
    assertThatThrownBy(() -> PodJson.read(later)).isInstanceOf(UnsupportedException.class);
  }

  @Test
  void vmIsAsLargeAsItsContainersWant() {
    PodSpec spec =
        PodSpec.builder("web")
            .container(container("a").cpus(1).memory(MemorySize.ofMebibytes(100)).build())
            .container(container("b").cpus(2).memory(MemorySize.ofMebibytes(30)).build())
            .build();
    Machine machine = Machine.of(spec, new TreeMap<>());
    assertThat(machine.cpus()).isEqualTo(3);
    assertThat(machine.memory()).isEqualTo(MemorySize.ofMebibytes(132));
  }

  @Test
  void sizeOfThePod_countsMoreThanThatOfItsContainers() {
    PodSpec spec =
        PodSpec.builder("web")
            .cpus(4)
            .memory(MemorySize.ofMebibytes(64))
            .container(container("a").cpus(1).memory(MemorySize.ofMebibytes(100)).build())
            .build();
    Machine machine = Machine.of(spec, new TreeMap<>());
    assertThat(machine.cpus()).isEqualTo(4);
    assertThat(machine.memory()).isEqualTo(MemorySize.ofMebibytes(64));
  }

  @Test
  void hostname_isThePodsName_asALabel() {
    PodSpec spec =
        PodSpec.builder("a.b" + "c".repeat(59) + "-d").container(container("a").build()).build();
    assertThat(Machine.of(spec, new TreeMap<>()).hostname()).hasValue("a-b" + "c".repeat(59));
  }

  private static PodSpec full() {
    return PodSpec.builder(PodKey.of("team", "web"))
        .uid("u-1")
        .label("app", "web")
        .annotation("note", "n")
        .hostname("host")
        .domain("web.team.example")
        .restartPolicy(RestartPolicy.ON_FAILURE)
        .terminationGrace(Duration.ofMillis(1500))
        .cpus(2)
        .memory(MemorySize.ofMebibytes(256))
        .container(
            container("app")
                .pullPolicy(PullPolicy.ALWAYS)
                .command("/bin/app")
                .args("-v", "")
                .env("MODE", "a=b")
                .workingDirectory("/srv")
                .user("")
                .tty(true)
                .stdin(true)
                .readOnlyRoot(true)
                .stopSignal(Signal.HUP)
                .restartPolicy(RestartPolicy.NEVER)
                .cpus(1)
                .memory(MemorySize.ofMebibytes(64))
                .ulimit("nofile", 1024, 4096)
                .ulimit(ResourceLimit.unlimited("core"))
                .addCapabilities("net_admin")
                .dropCapabilities("ALL")
                .noNewPrivileges(true)
                .groups(List.of("wheel"))
                .tmpfs("/run")
                .tmpfs(new TmpfsMount("/tmp", OptionalLong.of(4096), 0700))
                .extraHost("db", "192.0.2.9")
                .searchDomain("corp.example")
                .healthCheck(HealthCheck.shell("true").withInterval(Duration.ofMillis(1500)))
                .build())
        .container(container("side").noHealthCheck().build())
        .build();
  }
}
