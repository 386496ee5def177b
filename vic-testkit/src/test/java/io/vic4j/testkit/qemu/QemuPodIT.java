package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVmStatus;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.GuestAction.Exec;
import io.vic4j.core.vm.GuestAction.Grpc;
import io.vic4j.core.vm.GuestAction.HttpGet;
import io.vic4j.core.vm.GuestAction.TcpConnect;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.MemoryVolume;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.Probe;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.SessionRun;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.integration.TestCertificates;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the sessions of a pod do with each other, in real machines. Each boot takes seconds, so that
 * a test looks at much of one machine.
 */
final class QemuPodIT {
  private static final Duration BOOT = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final MemorySize MEMORY = MemorySize.ofMebibytes(256);
  private static final UUID SHARED = new UUID(7, 1);
  private static final UUID DATA = new UUID(7, 2);
  private static final String WAIT = "while :; do sleep 0.1; done";

  @TempDir private Path folder;
  private BootedHost host;
  private ContainerVmSpec template;
  private ContainerVms vms;

  @BeforeEach
  void open() {
    host = new BootedHost(folder);
    template =
        host.layersOf(
            "cat",
            "dd",
            "echo",
            "false",
            "grep",
            "httpd",
            "ln",
            "ls",
            "mkdir",
            "readlink",
            "rm",
            "sleep",
            "stat",
            "touch");
    vms = host.otherVms();
  }

  @AfterEach
  void close() {
    if (vms != null) {
      vms.close();
    }
    if (host != null) {
      host.close();
    }
  }

  private ContainerVmSpec.Builder pod(String name) {
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder(name)
            .memory(MEMORY)
            .memoryVolume(new MemoryVolume(SHARED, OptionalLong.of(64 << 20)));
    template.disks().stream()
        .filter(disk -> disk.role() == DiskAttachment.Role.LAYER)
        .forEach(spec::disk);
    return spec;
  }

  /** A shell with the pod's memory at /m. */
  private SessionSpec.Builder session(String name, String script) {
    return SessionSpec.builder(name)
        .layers(template.sessions().get(0).layers())
        .readOnlyRoot(true)
        .mount(new VolumeMount(SHARED, "/m", false, "", false, OptionalLong.empty()))
        .argv(List.of("/bin/sh", "-c", script));
  }

  private static SessionLifecycle as(SessionRole role) {
    return SessionLifecycle.DEFAULT.withRole(role);
  }

  private static GuestAction sh(String script) {
    return Exec.of("/bin/sh", "-c", script);
  }

  private static Probe often(GuestAction action) {
    return Probe.of(action).withPeriod(Duration.ofMillis(500)).withTimeout(Duration.ofSeconds(5));
  }

  private static SessionStatus of(ContainerVm vm, String session) {
    return vm.status().session(session);
  }

  private static void run(ContainerVm vm, String session, String script) {
    try (GuestProcess process = vm.exec(ExecSpec.of(session, "/bin/sh", "-c", script))) {
      assertThat(process.awaitExit(SOON)).isEqualTo(ExitStatus.exited(0));
    }
  }

  /** Which namespaces a session's processes are in: those that a pod shares, and its own. */
  private static List<String> namespaces(ContainerVm vm, String session, String... kinds)
      throws Exception {
    String script = "for n in " + String.join(" ", kinds) + "; do readlink /proc/self/ns/$n; done";
    try (GuestProcess process = vm.exec(ExecSpec.of(session, "/bin/sh", "-c", script))) {
      String out = new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.awaitExit(SOON)).isEqualTo(ExitStatus.exited(0));
      return out.lines().toList();
    }
  }

  private static void awaitOff(ContainerVm vm) {
    await().atMost(BOOT).until(() -> vm.state() == ContainerVmState.STOPPED);
  }

  /** A volume on a disk. */
  private DiskAttachment data() {
    ScratchDisk disk =
        ScratchDisks.in(host.datastore)
            .create(DatastorePath.parse("volumes/data"), "data", 32 << 20, DATA);
    return DiskAttachment.volume(disk.path(), DATA);
  }

  private static VolumeMount data(String path, boolean readOnly, String subPath) {
    return new VolumeMount(DATA, path, readOnly, subPath, false, OptionalLong.of(1001));
  }

  @Test
  void sessionsBeginByTheirRoles_shareVolumes_andEndInReverse() throws Exception {
    SessionSpec main =
        session(
                "main",
                "exec 2>&1; trap 'echo main >> /m/ended; exit 7' TERM; echo main >> /m/order;"
                    + " cat /m/order /etc/resolv.conf; cd /sys/fs/cgroup;"
                    + " cat cpu.weight cpu.max memory.max memory.oom.group;"
                    + " stat -c '%n %a %u:%g' /data/config /data/new; cat /conf;"
                    + " echo x > /data/new/by-bob && stat -c %g /data/new/by-bob;"
                    + " echo y > /ro/x; ls /up; echo done; "
                    + WAIT)
            .user("bob")
            .groups(List.of("1001"))
            .mount(data("/data", false, ""))
            .mount(data("/data/new", false, "made/here"))
            .mount(data("/conf", true, "config"))
            .mount(data("/ro", true, "made/here"))
            .mount(data("/up", true, "up"))
            .resources(
                new SessionResources(
                    OptionalLong.of(500),
                    OptionalLong.of(1500),
                    OptionalLong.empty(),
                    OptionalLong.of(64 << 20)))
            .lifecycle(SessionLifecycle.DEFAULT.withPreStop(sh("echo preStop >> /m/ended")))
            .build();
    SessionSpec first =
        session("first", "trap 'cat /m/ended; exit' TERM; sleep 1; echo first >> /m/order;" + WAIT)
            .lifecycle(
                as(SessionRole.SIDECAR)
                    .withStartup(often(sh("grep -q first /m/order")).withThresholds(1, 60))
                    .withPreStop(sh("echo first >> /m/ended")))
            .build();
    SessionSpec second =
        session("second", "trap 'sleep 1; echo second >> /m/ended; exit' TERM;" + WAIT)
            .lifecycle(
                as(SessionRole.SIDECAR).withPostStart(sh("sleep 1; echo second >> /m/order")))
            .build();
    SessionSpec prepare =
        session(
                "prepare",
                "until [ -e /m/go ]; do sleep 0.1; done; umask 0; echo prepare >> /m/order;"
                    + " ls -A /data; ln -s / /data/up; umask 027; echo hello > /data/config")
            .restartPolicy(RestartPolicy.ALWAYS)
            .mount(data("/data", false, ""))
            .lifecycle(as(SessionRole.INIT))
            .build();
    ContainerVm vm =
        vms.create(
            pod("order")
                .disk(data())
                .session(main)
                .session(prepare)
                .session(first)
                .session(second)
                .search("cluster.local")
                .nameserver("10.96.0.10")
                .resolverOption("ndots:5")
                .build());

    vm.start();
    ContainerVmStatus begun = vm.awaitStarted(BOOT);
    assertThat(begun.state()).isEqualTo(ContainerVmState.RUNNING);
    assertThat(begun.session("prepare").isRunning()).isTrue();
    assertThat(begun.session("main")).isEqualTo(SessionStatus.waiting("main"));
    run(vm, "prepare", "touch /m/go");
    await().atMost(SOON).until(() -> of(vm, "first").isRunning());
    assertThat(of(vm, "first").up()).isFalse();
    await().atMost(SOON).until(() -> BootedHost.text(vm, "main").endsWith("done\n"));
    assertThat(of(vm, "prepare").exit()).contains(ExitStatus.exited(0));
    assertThat(of(vm, "main").up()).isTrue();
    assertThat(of(vm, "second").ready()).isTrue();
    assertThat(namespaces(vm, "main", "net", "uts", "ipc"))
        .hasSize(3)
        .isEqualTo(namespaces(vm, "first", "net", "uts", "ipc"));
    assertThat(namespaces(vm, "main", "mnt", "pid"))
        .hasSize(2)
        .doesNotContainAnyElementsOf(namespaces(vm, "first", "mnt", "pid"));
    vm.stop(SOON);
    assertThat(BootedHost.text(vm, "prepare")).isEmpty();
    assertThat(BootedHost.text(vm, "main"))
        .startsWith("prepare\nfirst\nsecond\nmain\n")
        .contains("search cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n")
        .contains("\n20\n150000 100000\n67108864\n1\n")
        .contains("/data/config 640 0:1001\n/data/new 2775 0:1001\nhello\n1001\n")
        .contains("/ro/x: Read-only file system")
        .endsWith("\nconfig\nmade\nnew\nup\ndone\n");
    assertThat(vm.status().exit()).contains(ExitStatus.exited(7));
    assertThat(BootedHost.text(vm, "first")).isEqualTo("preStop\nmain\nsecond\nfirst\n");
    assertThat(of(vm, "first").restarts()).isZero();
  }

  @Test
  void probesAndHooks_sayHowSessionsAre_andEndThem(@TempDir Path certificates) throws Exception {
    TestCertificates own = TestCertificates.in(certificates);
    try (EmbeddedRegistry server = EmbeddedRegistry.builder().tls(own.serverContext()).start()) {
      int port = URI.create("https://" + server.address()).getPort();
      ContainerVm vm = vms.create(probed(port).build());
      vm.start();
      vm.awaitStarted(BOOT);

      await().atMost(SOON).until(() -> of(vm, "secure").ready());
      await().atMost(SOON).until(() -> of(vm, "web").up());
      assertThat(of(vm, "web").ready()).isFalse();
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(of(vm, "web").trouble())
                      .isEqualTo("Readiness probe failed: HTTP probe failed with statuscode: 404"));
      run(vm, "web", "echo yes > /m/ready");
      await().atMost(SOON).until(() -> of(vm, "web").ready());
      run(vm, "web", "rm /m/ready");
      await().atMost(SOON).until(() -> !of(vm, "web").ready());
      assertThat(of(vm, "web").up()).isTrue();

      await()
          .atMost(SOON)
          .until(() -> of(vm, "oom").exit().isPresent() && of(vm, "sour").exit().isPresent());
      assertThat(of(vm, "oom").outOfMemory()).isTrue();
      assertThat(of(vm, "oom").exit()).contains(ExitStatus.signalled(Signal.KILL));
      assertThat(of(vm, "sour").exit()).contains(ExitStatus.exited(4));
      assertThat(of(vm, "sour").trouble()).isEqualTo("PostStartHook failed: no milk");
      assertThat(of(vm, "sour").up()).isFalse();
      await().atMost(SOON).until(() -> of(vm, "slow").exit().isPresent());
      assertThat(of(vm, "slow").exit()).contains(ExitStatus.exited(8));
      assertThat(of(vm, "slow").trouble())
          .isEqualTo("Startup probe failed: command \"false\" exited with 1");
      await().atMost(SOON).until(() -> of(vm, "deaf").trouble().contains("connection refused"));
      assertThat(of(vm, "deaf").trouble()).startsWith("Startup probe failed: error: ");
      assertThat(of(vm, "deaf").up()).isFalse();

      await().atMost(SOON).until(() -> of(vm, "alive").restarts() == 1);
      await().atMost(SOON).until(() -> of(vm, "alive").isRunning());
      SessionStatus alive = of(vm, "alive");
      SessionRun previous = alive.previous().orElseThrow();
      assertThat(previous.exit()).isEqualTo(ExitStatus.exited(0));
      assertThat(alive.trouble())
          .isEqualTo(
              "Liveness probe failed: cat: can't open '/m/alive': No such file or directory");
      assertThat(Duration.between(previous.ended().orElseThrow(), alive.started().orElseThrow()))
          .isBetween(Duration.ZERO, Duration.ofSeconds(5)); // The first one comes at once.
      await().atMost(SOON).until(() -> BootedHost.text(vm, "alive").endsWith("again\n"));
      assertThat(BootedHost.text(vm, "alive")).isEqualTo("hello\nbefore\nend\nhello\nagain\n");
      assertThat(of(vm, "web").restarts()).isZero();
      vm.stop(Duration.ofSeconds(1));
      assertThat(of(vm, "stubborn").exit()).contains(ExitStatus.signalled(Signal.KILL));
    }
  }

  private ContainerVmSpec.Builder probed(int port) {
    String out = " > /proc/1/fd/1";
    return pod("probes")
        .network(NetworkAttachment.dhcp("default"))
        .session(
            session(
                    "alive",
                    "trap 'echo end; exit 0' TERM; until [ -e /m/hello ]; do sleep 0.1; done;"
                        + " if [ -e /m/again ]; then touch /m/alive; echo again; "
                        + WAIT
                        + "; fi; touch /m/again /m/alive; sleep 1; rm /m/alive /m/hello; "
                        + WAIT)
                .restartPolicy(RestartPolicy.ON_FAILURE)
                .lifecycle(
                    SessionLifecycle.DEFAULT
                        .withLiveness(often(Exec.of("cat", "/m/alive")).withThresholds(1, 2))
                        .withPostStart(
                            sh("sleep 1; echo hello" + out + "; touch /m/alive /m/hello"))
                        .withPreStop(sh("echo before" + out)))
                .build())
        .session(
            session("web", "sleep 1; exec httpd -f -p 8080 -h /m")
                .lifecycle(
                    SessionLifecycle.DEFAULT
                        .withStartup(often(TcpConnect.of(8080)).withThresholds(1, 60))
                        .withLiveness(often(new TcpConnect(Optional.of("localhost"), 8080)))
                        .withReadiness(often(HttpGet.of(8080, "/ready")).withThresholds(1, 1)))
                .build())
        .session(
            session("secure", WAIT)
                .lifecycle(
                    SessionLifecycle.DEFAULT.withReadiness(
                        often(new HttpGet(Optional.of("10.0.2.2"), port, "/v2/", List.of(), true))))
                .build())
        .session(
            session("oom", "sleep 1; dd if=/dev/zero of=/dev/null bs=100M count=1; echo alive")
                .resources(
                    new SessionResources(
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.of(16 << 20)))
                .build())
        .session(
            session("sour", "trap 'exit 4' TERM;" + WAIT)
                .lifecycle(
                    SessionLifecycle.DEFAULT.withPostStart(sh("sleep 0.5; echo no milk; false")))
                .build())
        .session(
            session("slow", "trap 'exit 8' TERM;" + WAIT)
                .lifecycle(
                    SessionLifecycle.DEFAULT.withStartup(
                        often(Exec.of("false")).withThresholds(1, 2)))
                .build())
        .session(
            session("stubborn", WAIT)
                .lifecycle(
                    SessionLifecycle.DEFAULT.withPreStop(
                        new GuestAction.Sleep(Duration.ofHours(1))))
                .build())
        .session(
            session("deaf", WAIT)
                .lifecycle(
                    SessionLifecycle.DEFAULT.withStartup(
                        often(new Grpc(5000, "")).withThresholds(1, 1000)))
                .build());
  }

  @Test
  void whoPreparesAndFails_endsTheMachine_beforeTheMainSessions() {
    ContainerVm vm =
        vms.create(
            pod("failing")
                .session(session("main", "echo never").build())
                .session(
                    session("helper", "trap '' TERM; echo helper; " + WAIT)
                        .lifecycle(as(SessionRole.SIDECAR).withGrace(Duration.ofSeconds(1)))
                        .build())
                .session(
                    session("prepare", "echo prepare; exit 5")
                        .lifecycle(as(SessionRole.INIT))
                        .build())
                .session(session("later", "echo never").lifecycle(as(SessionRole.INIT)).build())
                .build());
    vm.start();
    awaitOff(vm);
    assertThat(of(vm, "prepare").exit()).contains(ExitStatus.exited(5));
    assertThat(of(vm, "helper").exit()).contains(ExitStatus.signalled(Signal.KILL));
    for (String never : List.of("main", "later")) {
      assertThat(of(vm, never).started()).isEmpty();
      assertThat(of(vm, never).exit().orElseThrow()).isInstanceOf(ExitStatus.Unknown.class);
      assertThat(BootedHost.text(vm, never)).isEmpty();
    }
    assertThat(vm.status().deadlineExceeded()).isFalse();
  }

  @Test
  void machineWhoseDeadlineIsOver_endsAll_andPowersOff() {
    ContainerVm vm =
        vms.create(
            pod("late")
                .powerOffWhenDone(false)
                .deadline(Duration.ofSeconds(8))
                .session(
                    session("main", "trap '' TERM; " + WAIT)
                        .restartPolicy(RestartPolicy.ALWAYS)
                        .lifecycle(
                            SessionLifecycle.DEFAULT
                                .withGrace(Duration.ofSeconds(2))
                                .withPreStop(sh("echo late > /proc/1/fd/1")))
                        .build())
                .session(session("good", "trap 'exit 6' TERM; " + WAIT).build())
                .build());
    vm.start();
    vm.awaitStarted(BOOT);
    awaitOff(vm);
    assertThat(vm.status().deadlineExceeded()).isTrue();
    assertThat(of(vm, "main").exit()).contains(ExitStatus.signalled(Signal.KILL));
    assertThat(of(vm, "good").exit()).contains(ExitStatus.exited(6));
    assertThat(BootedHost.text(vm, "main")).isEqualTo("late\n");
  }

  @Test
  void machineWhoseMainSessionsAreOver_endsItsHelpers() {
    ContainerVm vm =
        vms.create(
            pod("done")
                .disk(data())
                .session(session("main", "sleep 1; exit 3").build())
                .session(
                    session("helper", "trap 'echo end; exit 9' TERM; " + WAIT)
                        .mount(data("/data", false, ""))
                        .lifecycle(
                            as(SessionRole.SIDECAR).withPreStop(sh("echo before > /proc/1/fd/1")))
                        .build())
                .build());
    vm.start();
    assertThat(vm.awaitExit(BOOT)).isEqualTo(ExitStatus.exited(3));
    awaitOff(vm);
    assertThat(of(vm, "helper").exit()).contains(ExitStatus.exited(9));
    assertThat(BootedHost.text(vm, "helper")).isEqualTo("before\nend\n");
  }
}
