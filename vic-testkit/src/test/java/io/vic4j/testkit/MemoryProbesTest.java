package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.IdSource;
import io.vic4j.core.ImageReference;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.GuestAction.Exec;
import io.vic4j.core.vm.GuestAction.Grpc;
import io.vic4j.core.vm.GuestAction.HttpGet;
import io.vic4j.core.vm.GuestAction.Sleep;
import io.vic4j.core.vm.GuestAction.TcpConnect;
import io.vic4j.core.vm.Probe;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.pod.ContainerSpec;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Probes and hooks of guests in memory, second by second, and what tests can have them find. */
final class MemoryProbesTest {
  private static final UUID LAYER_ID = new UUID(1, 1);
  private static final DatastorePath LAYER = DatastorePath.parse("layers/one/layer.vmdk");
  private static final Script SERVES = Script.runsForever().onSignal(Signal.TERM, Script.exits(0));
  private static final HttpGet HEALTH = HttpGet.of(8080, "/healthz");

  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final MemoryDatastore datastore = MemoryDatastore.create(clock);
  private final Scripts scripts = new Scripts().always(SERVES);
  private final MemoryHypervisor hypervisor = MemoryHypervisor.create(datastore, clock, scripts);
  private final ContainerVms vms =
      ContainerVms.over(hypervisor, "probes", clock, IdSource.random());
  private final AtomicReference<ProbeAnswer> answer = new AtomicReference<>(ProbeAnswer.ok());

  @BeforeEach
  void write() {
    BlankDisks.write(datastore, LAYER, LAYER_ID);
    scripts.probed("app", (session, action, sinceBegun) -> answer.get());
  }

  @AfterEach
  void close() {
    vms.close();
  }

  private static SessionSpec.Builder session(String name, SessionLifecycle lifecycle) {
    return SessionSpec.builder(name)
        .layers(List.of(LAYER_ID))
        .readOnlyRoot(true)
        .argv("/bin/" + name)
        .restartPolicy(RestartPolicy.ALWAYS)
        .lifecycle(lifecycle);
  }

  private ContainerVm started(SessionSpec.Builder... sessions) {
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder("pod").disk(DiskAttachment.layer(LAYER, LAYER_ID));
    for (SessionSpec.Builder session : sessions) {
      spec.session(session.build());
    }
    ContainerVm vm = vms.create(spec.build());
    vm.start();
    return vm;
  }

  private static SessionStatus app(ContainerVm vm) {
    return vm.status().session("app");
  }

  private void seconds(long seconds) {
    clock.advance(Duration.ofSeconds(seconds));
  }

  @Test
  void readiness_answersAsTheTestSays_byTheTimeThatTheProcessRuns() {
    scripts.probed(
        "app",
        (session, action, sinceBegun) ->
            sinceBegun.toMinutes() < 2 ? ProbeAnswer.status(503) : ProbeAnswer.ok());
    ContainerVm vm =
        started(session("app", SessionLifecycle.DEFAULT.withReadiness(Probe.of(HEALTH))));
    assertThat(app(vm).up()).isTrue();
    seconds(119);
    assertThat(app(vm).ready()).isFalse();
    assertThat(app(vm).trouble())
        .isEqualTo("Readiness probe failed: HTTP probe failed with statuscode: 503");
    seconds(1);
    assertThat(app(vm).ready()).isTrue();
  }

  @Test
  void liveness_comesAfterItsDelay_andEachPeriod_andCountsFailuresInARow() {
    Probe probe = Probe.of(HEALTH).withInitialDelay(Duration.ofSeconds(7));
    ContainerVm vm = started(session("app", SessionLifecycle.DEFAULT.withLiveness(probe)));
    answer.set(ProbeAnswer.status(500));
    seconds(6);
    assertThat(app(vm).trouble()).isEmpty();
    seconds(1 + 10); // Two failures: at 7 and 17 seconds.
    answer.set(ProbeAnswer.ok());
    seconds(10);
    answer.set(ProbeAnswer.status(500));
    seconds(29); // Two more: at 37 and 47.
    assertThat(app(vm).isRunning()).isTrue();
    seconds(1);
    assertThat(app(vm).isRunning()).isTrue();
    assertThat(app(vm).restarts()).isEqualTo(1);
    assertThat(app(vm).previous().orElseThrow().exit()).isEqualTo(ExitStatus.exited(0));
    assertThat(app(vm).previous().orElseThrow().ended()).contains(clock.instant());
    seconds(7 + 10 + 9);
    assertThat(app(vm).isRunning()).isTrue();
    seconds(1);
    SessionStatus ended = app(vm);
    assertThat(ended.exit()).contains(ExitStatus.exited(0));
    assertThat(ended.up()).isFalse();
    answer.set(ProbeAnswer.ok());
    seconds(9);
    assertThat(app(vm).isRunning()).isFalse();
    seconds(1);
    assertThat(app(vm).isRunning()).isTrue();
    assertThat(app(vm).restarts()).isEqualTo(2);
    assertThat(app(vm).previous().orElseThrow().ended()).isEqualTo(ended.ended());
  }

  static Stream<Arguments> complaints() {
    Exec check = Exec.of("/check", "-v");
    return Stream.of(
        Arguments.of(HEALTH, ProbeAnswer.status(404), "HTTP probe failed with statuscode: 404"),
        Arguments.of(
            HEALTH,
            ProbeAnswer.refused(),
            "Get \"http://127.0.0.1:8080/healthz\": dial tcp 127.0.0.1:8080: connect: connection"
                + " refused"),
        Arguments.of(
            HEALTH,
            ProbeAnswer.hangs(),
            "Get \"http://127.0.0.1:8080/healthz\": context deadline exceeded (Client.Timeout"
                + " exceeded while awaiting headers)"),
        Arguments.of(
            TcpConnect.of(9),
            ProbeAnswer.refused(),
            "dial tcp 127.0.0.1:9: connect: connection refused"),
        Arguments.of(TcpConnect.of(9), ProbeAnswer.hangs(), "dial tcp 127.0.0.1:9: i/o timeout"),
        Arguments.of(
            new Grpc(9, ""),
            ProbeAnswer.status(500),
            "service unhealthy (responded with \"NOT_SERVING\")"),
        Arguments.of(
            new Grpc(9, ""),
            ProbeAnswer.hangs(),
            "timeout: failed to connect service \"127.0.0.1:9\" within 1s: context deadline"
                + " exceeded"),
        Arguments.of(check, ProbeAnswer.ok(), "command \"/check -v\" exited with 3"),
        Arguments.of(check, ProbeAnswer.refused(), "x".repeat(900)),
        Arguments.of(check, ProbeAnswer.hangs(), "command \"/check -v\" timed out"));
  }

  @ParameterizedTest
  @MethodSource("complaints")
  void complaints_areAKubelets(GuestAction action, ProbeAnswer given, String complaint) {
    answer.set(given);
    scripts.program(
        "/check",
        given.equals(ProbeAnswer.ok())
            ? Script.exits(3)
            : given.equals(ProbeAnswer.hangs())
                ? Script.runsForever().ignores(Signal.TERM)
                : Script.prints("x".repeat(5000)).exits(1));
    ContainerVm vm =
        started(session("app", SessionLifecycle.DEFAULT.withLiveness(Probe.of(action))));
    seconds(2);
    assertThat(app(vm).trouble())
        .startsWith("Liveness probe failed: " + complaint)
        .hasSizeLessThanOrEqualTo(1024);
    assertThat(app(vm).isRunning()).isTrue();
  }

  @Test
  void backOff_grows_andBeginsAnewAfterALongRun() {
    scripts.always(Script.after(Duration.ofSeconds(1)).exits(1));
    ContainerVm vm = started(session("app", SessionLifecycle.DEFAULT));
    seconds(1);
    assertThat(app(vm).isRunning()).isTrue();
    assertThat(app(vm).restarts()).isEqualTo(1);
    seconds(1 + 10 + 1 + 20 + 1 + 39);
    assertThat(app(vm).restarts()).isEqualTo(3);
    scripts.always(Script.after(RestartPolicy.RESET_AFTER.plusMillis(1)).exits(1));
    seconds(1);
    assertThat(app(vm).restarts()).isEqualTo(4);
    clock.advance(RestartPolicy.RESET_AFTER);
    assertThat(app(vm).restarts()).isEqualTo(4);
    scripts.always(Script.after(Duration.ofSeconds(1)).exits(1));
    clock.advance(Duration.ofMillis(1));
    assertThat(app(vm).restarts()).isEqualTo(5);
    seconds(1 + 9);
    assertThat(app(vm).restarts()).isEqualTo(5);
    seconds(1);
    assertThat(app(vm).restarts()).isEqualTo(6);
  }

  @Test
  void sessionThatRanOutOfMemory_isToldOfWhileTheNextRuns() {
    scripts.always(Script.after(Duration.ofSeconds(1)).runsOutOfMemory());
    ContainerVm vm = started(session("app", SessionLifecycle.DEFAULT));
    seconds(2);
    assertThat(app(vm).outOfMemory()).isTrue();
    assertThat(app(vm).message()).startsWith("out of memory");
    scripts.always(SERVES);
    seconds(10);
    assertThat(app(vm).outOfMemory()).isFalse();
    assertThat(app(vm).previous().orElseThrow().outOfMemory()).isTrue();
  }

  @Test
  void hookThatIsStillDone_isLeft_whenTheProcessIsToEnd() {
    scripts.program("/hook", Script.runsForever());
    ContainerVm vm =
        started(
            session(
                "app",
                SessionLifecycle.DEFAULT
                    .withPostStart(Exec.of("/hook"))
                    .withPreStop(new Sleep(Duration.ofSeconds(5)))));
    seconds(60);
    assertThat(app(vm).isRunning()).isTrue();
    assertThat(app(vm).up()).isFalse();
    vm.stop(Duration.ofMinutes(1));
    assertThat(app(vm).exit()).contains(ExitStatus.exited(0));
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(65));
    assertThat(app(vm).trouble()).isEmpty();
  }

  @Test
  void failedHookBeforeTheEnd_isToldOf_andTheSignalComesAllTheSame() {
    answer.set(ProbeAnswer.status(400));
    ContainerVm vm = started(session("app", SessionLifecycle.DEFAULT.withPreStop(HEALTH)));
    vm.stop(Duration.ofMinutes(1));
    assertThat(app(vm).exit()).contains(ExitStatus.exited(0));
    assertThat(app(vm).trouble())
        .isEqualTo("PreStopHook failed: HTTP probe failed with statuscode: 400");
  }

  @Test
  void deadline_whileAHostWaits_setsATime() {
    scripts.always(Script.runsForever().ignores(Signal.TERM));
    ContainerVmSpec spec =
        ContainerVmSpec.builder("pod")
            .disk(DiskAttachment.layer(LAYER, LAYER_ID))
            .deadline(Duration.ofSeconds(10))
            .session(session("app", SessionLifecycle.DEFAULT).build())
            .session(
                session("helper", SessionLifecycle.DEFAULT.withRole(SessionRole.SIDECAR)).build())
            .build();
    ContainerVm vm = vms.create(spec);
    vm.start();
    vm.stop(Duration.ofHours(1));
    assertThat(vm.status().deadlineExceeded()).isTrue();
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(10 + 30 + 30));
  }

  @Test
  void vmThatStays_endsItsSidecars_andStays() {
    scripts.session("app", Script.after(Duration.ofSeconds(5)).exits(0));
    ContainerVm vm =
        vms.create(
            ContainerVmSpec.builder("pod")
                .disk(DiskAttachment.layer(LAYER, LAYER_ID))
                .powerOffWhenDone(false)
                .deadline(Duration.ofMinutes(1))
                .session(
                    session("app", SessionLifecycle.DEFAULT)
                        .restartPolicy(RestartPolicy.NEVER)
                        .build())
                .session(
                    session("helper", SessionLifecycle.DEFAULT.withRole(SessionRole.SIDECAR))
                        .build())
                .build());
    vm.start();
    seconds(5);
    assertThat(vm.status().session("helper").exit()).contains(ExitStatus.exited(0));
    seconds(54);
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    seconds(1);
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.status().deadlineExceeded()).isFalse();
  }

  @Test
  void nothingNew_isNotReported() {
    Probe probe = Probe.of(HEALTH);
    ContainerVm vm =
        started(session("app", SessionLifecycle.DEFAULT.withReadiness(probe).withLiveness(probe)));
    AtomicInteger changes = new AtomicInteger();
    try (Subscription unused =
        hypervisor.watch(
            "probes",
            new VmListener() {
              @Override
              public void changed(VmRecord record) {
                changes.incrementAndGet();
              }

              @Override
              public void vanished(String id) {}
            })) {
      int before = changes.get(); // Who begins to watch may be told how it is.
      seconds(3600);
      assertThat(changes).hasValue(before);
      assertThat(app(vm).ready()).isTrue();
    }
  }

  @Test
  void imagesHaveAnswersOfTheirOwn() {
    try (TestVch test = TestVch.create();
        ContainerVms others =
            ContainerVms.over(test.hypervisor(), "other", test.clock(), IdSource.random())) {
      test.scripts()
          .whenProbed((vm, session) -> true, (session, action, since) -> ProbeAnswer.ok());
      ImageReference image =
          test.image("registry.test/app:1")
              .answers((session, action, sinceBegun) -> ProbeAnswer.refused())
              .runs(SERVES);
      ContainerVmSpec template =
          test.host()
              .containers()
              .create(ContainerSpec.builder(image).name("template").build())
              .spec();
      SessionSpec session = template.sessions().get(0);
      ContainerVmSpec.Builder spec = ContainerVmSpec.builder("probed");
      template.labels().forEach(spec::label);
      template.disks().stream()
          .filter(disk -> disk.role() == DiskAttachment.Role.LAYER)
          .forEach(spec::disk);
      Probe probe = Probe.of(TcpConnect.of(80));
      spec.session(
          session(session.name(), SessionLifecycle.DEFAULT.withReadiness(probe))
              .layers(session.layers())
              .build());
      ContainerVm vm = others.create(spec.build());
      vm.start();
      assertThat(vm.status().sessions().get(0).up()).isTrue();
      assertThat(vm.status().sessions().get(0).trouble()).contains("connection refused");
    }
  }
}
