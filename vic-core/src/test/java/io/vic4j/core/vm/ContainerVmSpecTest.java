package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.datastore.DatastorePath;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class ContainerVmSpecTest {
  @Test
  void defaults_areThoseOfTheDesign() {
    ContainerVmSpec spec = SpecSamples.vm().session(SpecSamples.session().build()).build();
    assertThat(spec.cpus()).isEqualTo(1);
    assertThat(spec.memory()).isEqualTo(MemorySize.ofMebibytes(512));
    assertThat(spec.powerOffWhenDone()).isTrue();
    assertThat(spec.sessions().get(0).stopSignal()).isEqualTo(Signal.TERM);
    assertThat(spec.sessions().get(0).restartPolicy()).isEqualTo(RestartPolicy.NEVER);
  }

  @Test
  void toBuilder_keepsEverything() {
    ContainerVmSpec spec = SpecSamples.full();
    assertThat(spec.toBuilder().build()).isEqualTo(spec).hasSameHashCodeAs(spec);
    assertThat(spec.toBuilder().cpus(2).build()).isNotEqualTo(spec);
  }

  @Test
  void orderOfTheEnvironment_counts() {
    SessionSpec ab = SpecSamples.session().env("A", "1").env("B", "2").build();
    SessionSpec ba = SpecSamples.session().env("B", "2").env("A", "1").build();
    assertThat(ab).isNotEqualTo(ba);
  }

  @Test
  void text_showsNoEnvironment() {
    SessionSpec session = SpecSamples.session().env("PASSWORD", "secret").build();
    assertThat(SpecSamples.vm().session(session).build().toString()).doesNotContain("secret");
  }

  @Test
  void wrongField_isNamed() {
    assertRefused("name", () -> ContainerVmSpec.builder("-x").session(bare()).build());
    assertRefused("name", () -> ContainerVmSpec.builder("x".repeat(81)).session(bare()).build());
    assertRefused("sessions", () -> ContainerVmSpec.builder("x").build());
    assertRefused("cpus", () -> vm().cpus(0).build());
    assertRefused("cpus", () -> vm().cpus(129).build());
    assertRefused("memory", () -> vm().memory(MemorySize.ofMebibytes(510)).build());
    assertRefused("hostname", () -> vm().hostname("a_b").build());
    assertRefused("hostname", () -> vm().hostname("a".repeat(64)).build());
    assertRefused("labels", () -> vm().label("", "value").build());
    assertRefused("sessions[main]", () -> vm().session(bare()).build());
    assertRefused("sessions[main].argv", () -> SpecSamples.session().argv(List.of()).build());
    assertRefused("sessions[main].argv", () -> SpecSamples.session().argv("a\0b").build());
    assertRefused("sessions[main].env", () -> SpecSamples.session().env("A=B", "").build());
    assertRefused(
        "sessions[main].workingDirectory",
        () -> SpecSamples.session().workingDirectory("relative").build());
    assertRefused("sessions[main].scratch", () -> SessionSpec.builder("main").argv("/x").build());
    assertRefused("sessions[main].umask", () -> SpecSamples.session().umask(01000).build());
    assertRefused(
        "sessions[main].rlimits",
        () ->
            SpecSamples.session()
                .rlimit(ResourceLimit.of("nofile", 1))
                .rlimit(ResourceLimit.unlimited("nofile"))
                .build());
    assertRefused(
        "sessions[main].capabilities",
        () -> SpecSamples.session().capabilities(Set.of("chown")).build());
    assertRefused("sessions[main].groups", () -> SpecSamples.session().groups(List.of("")).build());
    assertRefused(
        "sessions[main].tmpfs",
        () ->
            SpecSamples.session()
                .mount(new VolumeMount(SpecSamples.VOLUME, "/data", true))
                .tmpfs(TmpfsMount.of("/data"))
                .build());
    assertRefused("searches", () -> vm().search("two words").build());
    assertRefused("mounts", () -> new VolumeMount(SpecSamples.VOLUME, "relative", false));
    assertRefused("disks", () -> DiskAttachment.scratch(DatastorePath.parse("s"), new UUID(1, 9)));
  }

  @Test
  void wrongValueOfAProcess_isRefused() {
    assertRefused("rlimits", () -> ResourceLimit.of("files", 1));
    assertRefused("rlimits", () -> ResourceLimit.of("nofile", 2, 1));
    assertRefused("rlimits", () -> ResourceLimit.of("nofile", -1, 1));
    assertRefused(
        "rlimits", () -> new ResourceLimit("nofile", OptionalLong.empty(), OptionalLong.of(1)));
    assertRefused("tmpfs", () -> TmpfsMount.of("run"));
    assertRefused("tmpfs", () -> TmpfsMount.of("/"));
    assertRefused("tmpfs", () -> TmpfsMount.of("/run", 0));
    assertRefused("tmpfs", () -> new TmpfsMount("/run", OptionalLong.empty(), 010000));
    assertRefused("hosts", () -> HostEntry.of("db", "db"));
    assertRefused("hosts", () -> HostEntry.of("192.0.2.1\n", "db"));
    assertRefused("hosts", () -> HostEntry.of("192.0.2.1"));
    assertRefused("hosts", () -> HostEntry.of("::1", "d b"));
    assertRefused("capabilities", () -> Capabilities.parse("fly"));
    HealthCheck check = HealthCheck.of("/check");
    assertRefused("healthCheck.argv", () -> HealthCheck.of(List.of()));
    assertRefused("healthCheck.interval", () -> check.withInterval(Duration.ZERO));
    assertRefused("healthCheck.interval", () -> check.withInterval(Duration.ofNanos(1)));
    assertRefused("healthCheck.timeout", () -> check.withTimeout(Duration.ofSeconds(-1)));
    assertRefused("healthCheck.startPeriod", () -> check.withStartPeriod(Duration.ofMillis(-1)));
    assertRefused("healthCheck.retries", () -> check.withRetries(0));
  }

  @Test
  void capability_isReadAsDockersUsersWriteIt() {
    assertThat(Capabilities.parse("net_admin")).isEqualTo("CAP_NET_ADMIN");
    assertThat(Capabilities.parse("CAP_chown")).isEqualTo("CAP_CHOWN");
  }

  @Test
  void sessionsDisks_mustBeAttachedInTheirRole() {
    assertRefused(
        "sessions[main].layers",
        () -> session(SpecSamples.session().layers(List.of(SpecSamples.SCRATCH))));
    assertRefused(
        "sessions[main].scratch", () -> session(SpecSamples.session().scratch(SpecSamples.LAYER)));
    assertRefused(
        "sessions[main].mounts",
        () ->
            session(
                SpecSamples.session().mount(new VolumeMount(SpecSamples.LAYER, "/data", true))));
    assertRefused(
        "sessions[other].scratch",
        () ->
            SpecSamples.vm()
                .session(SpecSamples.session().build())
                .session(
                    SessionSpec.builder("other").scratch(SpecSamples.SCRATCH).argv("/x").build())
                .build());
  }

  @Test
  void volumeAttachedReadOnly_cannotBeMountedToBeWritten() {
    UUID shared = new UUID(1, 4);
    assertRefused(
        "sessions[main].mounts",
        () ->
            SpecSamples.vm()
                .disk(DiskAttachment.readOnlyVolume(DatastorePath.parse("v/s.vmdk"), shared))
                .session(
                    SpecSamples.session().mount(new VolumeMount(shared, "/data", false)).build())
                .build());
  }

  @Test
  void twoDisksWithOneFileSystem_areRefused() {
    assertRefused(
        "disks",
        () ->
            vm().disk(DiskAttachment.layer(DatastorePath.parse("b.vmdk"), SpecSamples.LAYER))
                .build());
  }

  @Test
  void tooManyDisks_sayHowManyThereMayBe() {
    ContainerVmSpec.Builder spec = vm();
    for (int i = 3; i < 61; i++) {
      spec.disk(DiskAttachment.layer(DatastorePath.parse("l/" + i), new UUID(2, i)));
    }
    assertThatThrownBy(spec::build)
        .isInstanceOfSatisfying(
            TooManyDisksException.class, e -> assertThat(e.count()).isEqualTo(61))
        .hasMessageContaining("pack adjacent layers");
  }

  private static ContainerVmSpec.Builder vm() {
    return SpecSamples.vm().session(bare());
  }

  private static ContainerVmSpec session(SessionSpec.Builder session) {
    return SpecSamples.vm().session(session.build()).build();
  }

  private static SessionSpec bare() {
    return SessionSpec.builder("main").readOnlyRoot(true).argv("/x").build();
  }

  private static void assertRefused(String field, ThrowingCallable making) {
    assertThatThrownBy(making)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field));
  }
}
