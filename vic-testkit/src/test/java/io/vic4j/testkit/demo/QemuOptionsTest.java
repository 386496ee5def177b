package io.vic4j.testkit.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.ResourceLimit;
import io.vic4j.core.vm.TmpfsMount;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.ProcessOptions;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

final class QemuOptionsTest {
  @Command
  private static final class Run {
    @Mixin private QemuOptions options = new QemuOptions();
  }

  private static ContainerSpec container(String... arguments) {
    Run run = new Run();
    new CommandLine(run).parseArgs(arguments);
    return run.options.container(ContainerSpec.builder("registry.test/app:1"));
  }

  @Test
  void optionsOfDockerRun_areThoseOfTheContainer() {
    ContainerSpec spec =
        container(
            "--entrypoint=/bin/sh",
            "--hostname=box",
            "--read-only",
            "--tmpfs=/tmp",
            "--tmpfs=/run:size=64m,mode=700",
            "--cap-drop=ALL",
            "--cap-add=chown",
            "--cap-add=NET_ADMIN",
            "--security-opt=no-new-privileges",
            "--group-add=wheel",
            "--group-add=7",
            "--ulimit=nofile=10:20",
            "--ulimit=core=0",
            "--ulimit=nproc=5:-1",
            "--add-host=db:192.0.2.9",
            "--add-host=six:2001:db8::1",
            "--dns-search=corp.example",
            "--",
            "-c",
            "true");
    assertThat(spec.command()).containsExactly("/bin/sh");
    assertThat(spec.args()).containsExactly("-c", "true");
    assertThat(spec.hostname()).contains("box");
    assertThat(spec.readOnlyRoot()).isTrue();
    ProcessOptions options = spec.options();
    assertThat(options.tmpfs())
        .containsExactly(
            TmpfsMount.of("/tmp"), new TmpfsMount("/run", OptionalLong.of(64 << 20), 0700));
    assertThat(options.droppedCapabilities()).containsExactly("ALL");
    assertThat(options.addedCapabilities()).containsExactly("CAP_CHOWN", "CAP_NET_ADMIN");
    assertThat(options.noNewPrivileges()).isTrue();
    assertThat(options.groups()).containsExactly("wheel", "7");
    assertThat(options.ulimits())
        .containsExactly(
            ResourceLimit.of("nofile", 10, 20),
            ResourceLimit.of("core", 0),
            new ResourceLimit("nproc", OptionalLong.of(5), OptionalLong.empty()));
    assertThat(options.extraHosts())
        .containsExactly(HostEntry.of("192.0.2.9", "db"), HostEntry.of("2001:db8::1", "six"));
    assertThat(options.searchDomains()).containsExactly("corp.example");
  }

  @Test
  void withoutOptions_theImageDecides() {
    ContainerSpec spec = container();
    assertThat(spec.command()).isEmpty();
    assertThat(spec.args()).isEmpty();
    assertThat(spec.readOnlyRoot()).isFalse();
    assertThat(spec.options())
        .isEqualTo(ContainerSpec.builder("registry.test/app:1").build().options());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--tmpfs=/tmp:size=much|want a size",
        "--tmpfs=/tmp:exec|/PATH:size=64m",
        "--tmpfs=/tmp:mode=8|/PATH:size=64m",
        "--tmpfs=tmp|absolute path",
        "--ulimit=nofile|NAME=SOFT",
        "--ulimit=nofile=many|NAME=SOFT",
        "--ulimit=files=1|no resource",
        "--cap-add=FLY|FLY",
        "--add-host=db|NAME:ADDRESS",
        "--add-host=db:somewhere|no IP address",
        "--security-opt=label=disable|no-new-privileges",
        "--memory=much|want a size",
        "--memory=99999999999g|more than there is"
      })
  void whatIsNoValue_isToldWithWhatIs(String argument, String said) {
    assertThatThrownBy(() -> container(argument))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(said);
  }
}
