package io.vic4j.core.vm;

import io.vic4j.core.datastore.DatastorePath;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/** Specifications for the tests of this package. */
final class SpecSamples {
  static final UUID LAYER = new UUID(1, 1);
  static final UUID SCRATCH = new UUID(1, 2);
  static final UUID VOLUME = new UUID(1, 3);
  static final UUID MEMORY = new UUID(5, 6);
  static final String ID = "0123456789abcdef".repeat(4);

  private SpecSamples() {}

  static SessionSpec.Builder session() {
    return SessionSpec.builder("main").layers(List.of(LAYER)).scratch(SCRATCH).argv("/bin/app");
  }

  static ContainerVmSpec.Builder vm() {
    return ContainerVmSpec.builder("web")
        .disk(DiskAttachment.layer(DatastorePath.parse("layers/a/layer.vmdk"), LAYER))
        .disk(DiskAttachment.scratch(DatastorePath.parse("vms/web/scratch.vmdk"), SCRATCH))
        .disk(DiskAttachment.volume(DatastorePath.parse("volumes/v/volume.vmdk"), VOLUME));
  }

  private static SessionLifecycle lifecycle() {
    return SessionLifecycle.DEFAULT
        .withStartup(
            Probe.of(
                    new GuestAction.HttpGet(
                        Optional.of("192.0.2.3"),
                        8443,
                        "/up?a=b",
                        List.of(new GuestAction.HttpHeader("Accept", "text/plain")),
                        true))
                .withThresholds(1, 30))
        .withReadiness(
            Probe.of(GuestAction.TcpConnect.of(80))
                .withInitialDelay(Duration.ofSeconds(3))
                .withThresholds(2, 4))
        .withLiveness(
            new Probe(
                new GuestAction.Grpc(9000, "svc"),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofMillis(1500),
                1,
                5,
                Optional.of(Duration.ofSeconds(7))))
        .withPostStart(GuestAction.Exec.of("/bin/hook", "x"))
        .withPreStop(new GuestAction.Sleep(Duration.ofSeconds(2)))
        .withGrace(Duration.ofSeconds(5));
  }

  /** One in which each field differs from its default. */
  static ContainerVmSpec full() {
    return vm().cpus(4)
        .memory(MemorySize.ofMebibytes(1024))
        .label("note", "ünïcödé 日本 \uD83D\uDE00 \"quoted\"\n")
        .label("b", "")
        .bootstrapIso(DatastorePath.parse("iso/bootstrap.iso"))
        .hostname("web-1")
        .domain("web.team.example")
        .powerOffWhenDone(false)
        .host(HostEntry.of("192.0.2.9", "db", "db.example"))
        .host(HostEntry.of("2001:db8::9", "db"))
        .search("corp.example")
        .nameserver("192.0.2.54")
        .resolverOption("ndots:5")
        .memoryVolume(new MemoryVolume(MEMORY, OptionalLong.of(4096)))
        .memoryVolume(new MemoryVolume(new UUID(7, 8), OptionalLong.empty()))
        .deadline(Duration.ofMinutes(3))
        .network(NetworkAttachment.dhcp("bridge"))
        .network(
            NetworkAttachment.fixed(
                "public",
                new NetworkAttachment.Fixed(
                    List.of("192.0.2.7/24"), List.of("192.0.2.1"), List.of("192.0.2.53"))))
        .session(
            session()
                .argv("/bin/app", "--flag", "", "with space")
                .env("Z", "1")
                .env("A", "x=y\nz")
                .env("IP", AddressMarks.FIRST)
                .workingDirectory("/srv")
                .user("1000:users")
                .tty(true)
                .stdin(true)
                .stopSignal(Signal.parse("SIGRTMIN+3"))
                .restartPolicy(RestartPolicy.ON_FAILURE)
                .mount(new VolumeMount(VOLUME, "/data", true))
                .mount(new VolumeMount(MEMORY, "/mem", false, "a/b", false, OptionalLong.of(7)))
                .lifecycle(lifecycle())
                .resources(
                    new SessionResources(
                        OptionalLong.of(100),
                        OptionalLong.of(1500),
                        OptionalLong.of(1 << 20),
                        OptionalLong.of(1 << 21)))
                .umask(027)
                .rlimit(ResourceLimit.of("nofile", 1024, 4096))
                .rlimit(ResourceLimit.unlimited("core"))
                .capabilities(Set.of("CAP_KILL", "CAP_CHOWN"))
                .noNewPrivileges(true)
                .groups(List.of("wheel", "7"))
                .tmpfs(new TmpfsMount("/run", OptionalLong.of(4096), 0755))
                .tmpfs(TmpfsMount.of("/tmp"))
                .healthCheck(
                    HealthCheck.shell("wget -q localhost")
                        .withInterval(Duration.ofSeconds(5))
                        .withTimeout(Duration.ofMillis(1500))
                        .withStartPeriod(Duration.ofMinutes(1))
                        .withRetries(2))
                .build())
        .session(
            SessionSpec.builder("side")
                .layers(List.of(LAYER))
                .readOnlyRoot(true)
                .argv("/side")
                .capabilities(Set.of())
                .lifecycle(SessionLifecycle.DEFAULT.withRole(SessionRole.SIDECAR))
                .build())
        .build();
  }
}
