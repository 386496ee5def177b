package io.vic4j.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.vm.Capabilities;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.ResourceLimit;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.TmpfsMount;
import io.vic4j.image.ImageConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases are those of the table in Kubernetes' "Define a Command and Arguments". */
final class ProcessesTest {
  private static final ContainerSpec PLAIN = container().build();

  private static ContainerSpec.Builder container() {
    return ContainerSpec.builder("registry.test/app:1");
  }

  private static SessionSpec session(ContainerSpec spec, ImageConfig config) {
    return Processes.session("main", spec, config, Optional.of("web-1")).readOnlyRoot(true).build();
  }

  private static ImageConfig.Builder image() {
    return ImageConfig.builder().entrypoint("/app");
  }

  static List<Arguments> commands() {
    List<String> entrypoint = List.of("/ep");
    List<String> cmd = List.of("foo", "bar");
    List<String> none = List.of();
    return List.of(
        Arguments.of(entrypoint, cmd, none, none, List.of("/ep", "foo", "bar")),
        Arguments.of(entrypoint, cmd, List.of("/cmd"), none, List.of("/cmd")),
        Arguments.of(entrypoint, cmd, none, List.of("zoo"), List.of("/ep", "zoo")),
        Arguments.of(entrypoint, cmd, List.of("/cmd"), List.of("zoo"), List.of("/cmd", "zoo")),
        Arguments.of(none, cmd, none, none, List.of("foo", "bar")),
        Arguments.of(none, cmd, none, List.of("zoo"), List.of("zoo")));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void commandAndArguments_replaceEntrypointAndCmd(
      List<String> entrypoint,
      List<String> cmd,
      List<String> command,
      List<String> args,
      List<String> argv) {
    ImageConfig config = ImageConfig.builder().entrypoint(entrypoint).cmd(cmd).build();
    assertThat(session(container().command(command).args(args).build(), config).argv())
        .isEqualTo(argv);
  }

  @Test
  void nothingToRun_isRefusedByName() {
    assertThatThrownBy(() -> session(PLAIN, ImageConfig.builder().build()))
        .isInstanceOfSatisfying(
            InvalidSpecException.class,
            e -> assertThat(e.field()).isEqualTo("containers[main].command"));
  }

  @Test
  void environment_isDockersThenTheContainersThenTheImages() {
    ImageConfig config = image().env("IMAGE", "1").env("BOTH", "image").build();
    SessionSpec session =
        session(container().env("MODE", "fast").env("BOTH", "container").build(), config);
    assertThat(session.env())
        .containsExactly(
            Map.entry("PATH", Processes.DEFAULT_PATH),
            Map.entry("HOSTNAME", "web-1"),
            Map.entry("MODE", "fast"),
            Map.entry("BOTH", "container"),
            Map.entry("IMAGE", "1"));
  }

  @Test
  void pathOfTheImage_keepsItsPlace() {
    SessionSpec session = session(PLAIN, image().env("PATH", "/opt/bin").build());
    assertThat(session.env())
        .containsExactly(Map.entry("PATH", "/opt/bin"), Map.entry("HOSTNAME", "web-1"));
  }

  @Test
  void terminal_setsTerm() {
    assertThat(session(container().tty(true).build(), image().build()).env())
        .containsEntry("TERM", "xterm");
  }

  @Test
  void imageSaysTheRest_unlessTheContainerDoes() {
    ImageConfig config = image().workingDir("/srv").user("app").stopSignal("SIGINT").build();
    SessionSpec plain = session(PLAIN, config);
    assertThat(plain.workingDirectory()).isEqualTo("/srv");
    assertThat(plain.user()).isEqualTo("app");
    assertThat(plain.stopSignal()).isEqualTo(Signal.INT);
    SessionSpec other =
        session(
            container().workingDirectory("/tmp").user("").stopSignal(Signal.HUP).build(), config);
    assertThat(other.workingDirectory()).isEqualTo("/tmp");
    assertThat(other.user()).isEmpty();
    assertThat(other.stopSignal()).isEqualTo(Signal.HUP);
  }

  @Test
  void stopSignalThatIsNone_isRefusedByName() {
    assertThatThrownBy(() -> session(PLAIN, image().stopSignal("SIGNONE").build()))
        .isInstanceOfSatisfying(
            InvalidSpecException.class,
            e -> assertThat(e.field()).isEqualTo("containers[main].stopSignal"));
  }

  @Test
  void options_areTheSessions() {
    SessionSpec session =
        session(
            container()
                .ulimit("nofile", 10, 20)
                .ulimit("nofile", 30, 40)
                .noNewPrivileges(true)
                .groups(List.of("wheel"))
                .tmpfs("/run")
                .build(),
            image().build());
    assertThat(session.rlimits()).containsExactly(ResourceLimit.of("nofile", 30, 40));
    assertThat(session.noNewPrivileges()).isTrue();
    assertThat(session.groups()).containsExactly("wheel");
    assertThat(session.tmpfs()).containsExactly(TmpfsMount.of("/run"));
    assertThat(session.capabilities()).isEmpty();
    assertThat(session.healthCheck()).isEmpty();
    assertThat(session.umask()).isEmpty();
  }

  private static Set<String> capabilities(ContainerSpec.Builder container) {
    return session(container.build(), image().build()).capabilities().orElseThrow();
  }

  @Test
  void capabilities_areAddedAndDroppedAsDockerDoes() {
    assertThat(capabilities(container().addCapabilities("net_admin")))
        .containsAll(Capabilities.DEFAULT)
        .contains("CAP_NET_ADMIN")
        .hasSize(Capabilities.DEFAULT.size() + 1);
    assertThat(capabilities(container().dropCapabilities("chown", "CAP_KILL")))
        .doesNotContain("CAP_CHOWN", "CAP_KILL")
        .hasSize(Capabilities.DEFAULT.size() - 2);
    assertThat(capabilities(container().dropCapabilities("all"))).isEmpty();
    assertThat(capabilities(container().dropCapabilities("ALL").addCapabilities("CHOWN")))
        .containsExactly("CAP_CHOWN");
    assertThat(capabilities(container().addCapabilities("ALL").dropCapabilities("SYS_ADMIN")))
        .doesNotContain("CAP_SYS_ADMIN")
        .hasSize(Capabilities.ALL.size() - 1);
    assertThat(capabilities(container().addCapabilities("CHOWN").dropCapabilities("CHOWN")))
        .contains("CAP_CHOWN");
  }

  private static ImageConfig checked(String... test) {
    return image()
        .healthcheck(
            new ImageConfig.Healthcheck(
                List.of(test),
                Optional.of(Duration.ofNanos(1_000_001)),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.of(2)))
        .build();
  }

  @Test
  void healthCheck_isTheImages_unlessTheContainerHasOne() {
    HealthCheck rest = HealthCheck.of("x").withInterval(Duration.ofMillis(2)).withRetries(2);
    assertThat(session(PLAIN, checked("CMD", "x")).healthCheck()).contains(rest);
    assertThat(session(PLAIN, checked("CMD-SHELL", "x || exit 1")).healthCheck())
        .contains(
            HealthCheck.shell("x || exit 1").withInterval(Duration.ofMillis(2)).withRetries(2));
    assertThat(session(PLAIN, checked("NONE")).healthCheck()).isEmpty();
    HealthCheck own = HealthCheck.of("own");
    assertThat(session(container().healthCheck(own).build(), checked("CMD", "x")).healthCheck())
        .contains(own);
    assertThat(session(container().noHealthCheck().build(), checked("CMD", "x")).healthCheck())
        .isEmpty();
  }

  @Test
  void imagesHealthCheckThatCannotBe_isRefusedByName() {
    assertThatThrownBy(() -> session(PLAIN, checked("CMD")))
        .isInstanceOfSatisfying(
            InvalidSpecException.class,
            e -> assertThat(e.field()).isEqualTo("containers[main].healthCheck"));
  }
}
