package io.vic4j.testkit;

import static io.vic4j.pod.PodPhase.FAILED;
import static io.vic4j.pod.PodPhase.PENDING;
import static io.vic4j.pod.PodPhase.RUNNING;
import static io.vic4j.pod.PodPhase.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.PodRefusedException;
import io.vic4j.pod.kubernetes.PodSources;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What testers say of pods, and what they are told when it is not so. */
@ExtendWith(VicExtension.class)
final class TestPodsTest {
  private static final String IMAGE = "registry.test/app:1";

  private TestVch vch;
  private TestPods pods;

  @BeforeEach
  void take(TestVch vch, TestPods pods) {
    this.vch = vch;
    this.pods = pods;
  }

  private static String yaml(String name, String policy, String more) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          restartPolicy: %s
          containers:
          - name: app
            image: %s
        %s"""
        .formatted(name, policy, IMAGE, more.indent(4));
  }

  private TestPod runs(Script script, String policy) {
    vch.image(IMAGE).runs(script);
    return pods.apply(yaml("job", policy, ""));
  }

  @Test
  void podOfYaml_runs_andItsPhasesAreSeen() {
    TestPod job = runs(Script.prints("hello").after(Duration.ofHours(5)).exits(0), "Never");
    assertThat(job).hasPhase(RUNNING).isReady().container("app").isRunning().isReady();
    assertThat(job).within(Duration.ofHours(6)).hasPhase(SUCCEEDED);
    assertThat(job).wentThrough(PENDING, RUNNING, SUCCEEDED).hasEvent("Started", "container app");
    assertThat(job).container("app").exitedWith(0).endedFor("Completed").hasPrinted("hello");
    assertThat(job).log("app").isEqualTo("hello\n");
    assertThat(vch.clock().instant()).isEqualTo(VirtualClock.START.plus(Duration.ofHours(5)));
  }

  @Test
  void whatIsSoAlready_movesNoTime() {
    TestPod job = runs(Script.after(Duration.ofMinutes(1)).exits(0), "Never");
    assertThat(job).reaches(RUNNING).within(Duration.ofDays(1)).isReady();
    assertThat(vch.clock().instant()).isEqualTo(VirtualClock.START);
  }

  @Test
  void deaths_areTold() {
    assertThat(runs(Script.killedBy(Signal.KILL), "Never"))
        .reaches(FAILED)
        .container("app")
        .wasKilledBy(Signal.KILL);
  }

  @Test
  void probe_makesItReady_inVirtualTime() {
    vch.image(IMAGE)
        .answers(
            (session, action, sinceBegun) ->
                sinceBegun.toMinutes() < 2 ? ProbeAnswer.status(503) : ProbeAnswer.ok())
        .runs(Script.runsForever());
    TestPod web =
        pods.apply(yaml("web", "Always", "readinessProbe: {httpGet: {path: /, port: 80}}"));
    assertThat(web).reaches(RUNNING).container("app").isNotReady().restarted(0);
    assertThat(web).within(Duration.ofMinutes(1)).hasEvent("Unhealthy", "503");
    assertThat(web).within(Duration.ofMinutes(3)).container("app").isReady().and().isReady();
  }

  @Test
  void backOff_isSeen_whileItLasts() {
    TestPod job = runs(Script.after(Duration.ofSeconds(1)).exits(7), "OnFailure");
    assertThat(job)
        .hasNoEvent("BackOff")
        .within(Duration.ofMinutes(10))
        .container("app")
        .restarted(1)
        .exitedWith(7)
        .isRunning();
    assertThat(job)
        .hasNoEvent("BackOff")
        .within(Duration.ofMinutes(10))
        .container("app")
        .isWaitingFor("CrashLoopBackOff")
        .restarted(1)
        .restarted(3)
        .isRunning();
    assertThat(job).hasPhase(RUNNING).hasEvent("BackOff");
  }

  @Test
  void containerThatAProbeHasEnded_isNotDoneWhileItWaits_howeverWellItEnded() {
    vch.image(IMAGE)
        .answers((session, action, sinceBegun) -> ProbeAnswer.status(500))
        .runs(Script.runsForever().onSignal(Signal.TERM, Script.exits(0)));
    TestPod web =
        pods.apply(
            yaml(
                "web",
                "OnFailure",
                "livenessProbe: {httpGet: {path: /, port: 80}, failureThreshold: 1}"));
    assertThat(web)
        .within(Duration.ofMinutes(5))
        .container("app")
        .isWaitingFor("CrashLoopBackOff")
        .exitedWith(0)
        .restarted(1)
        .restarted(3);
    assertThat(web).wentThrough(PENDING, RUNNING).hasPhase(RUNNING);
  }

  @Test
  void plannedFault_hitsTheCreation_andTheNextOneIsWell() {
    vch.image(IMAGE).runs(Script.exits(0));
    vch.faults()
        .on(FaultPlan.Operation.CREATE_VM)
        .call(1)
        .fails(() -> new UnavailableException("the host is down", null));
    assertThatThrownBy(() -> pods.apply(yaml("job", "Never", "")))
        .isInstanceOf(UnavailableException.class);
    assertThat(pods.pod("job")).isGone();
    assertThat(pods.apply(yaml("job", "Never", ""))).reaches(SUCCEEDED);
  }

  @Test
  void podThatAnotherThreadMakes_isWaitedFor() throws Exception {
    vch.image(IMAGE).runs(Script.after(Duration.ofSeconds(3)).exits(0));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Future<?> made =
          executor.submit(
              () -> {
                var spec = KubernetesPods.parse(yaml("late", "Never", ""));
                vch.host().pods().create(spec);
                vch.host().pods().start(spec.key());
              });
      assertThat(pods.pod("late")).reaches(SUCCEEDED);
      assertThat(made.get()).isNull();
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void otherPodOfTheSameName_hasAStoryOfItsOwn() {
    TestPod job = runs(Script.exits(3), "Never");
    assertThat(job).hasPhase(FAILED);
    vch.host().pods().delete(job.key());
    assertThat(job).isGone();
    assertThat(job.story()).endsWith("removed\n");
    vch.image(IMAGE).runs(Script.runsForever());
    assertThat(pods.apply(yaml("job", "Never", "")))
        .hasPhase(RUNNING)
        .wentThrough(PENDING, RUNNING);
  }

  @Test
  void appliedAgain_isUpdated() {
    TestPod job = runs(Script.runsForever(), "Never");
    String labelled =
        yaml("job", "Never", "").replace("{name: job}", "{name: job, labels: {a: b}}");
    assertThat(pods.apply(labelled)).hasPhase(RUNNING);
    assertThat(vch.host().pods().get(job.key()).spec().labels()).containsEntry("a", "b");
  }

  @Test
  void references_leadToTheSources() {
    vch.image(IMAGE).runs(Script.exits(0));
    String yaml = yaml("job", "Never", "envFrom: [{configMapRef: {name: settings}}]");
    assertThatThrownBy(() -> pods.apply(yaml))
        .isInstanceOf(PodRefusedException.class)
        .hasMessageContaining("settings");
    pods.sources(
        PodSources.of(
            List.of(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("settings")
                    .endMetadata()
                    .addToData("MODE", "fast")
                    .build()),
            List.of()));
    assertThat(pods.apply(yaml)).reaches(SUCCEEDED);
  }

  @Test
  void resourceThatIsNotThere_isNamed() {
    assertThatThrownBy(() -> pods.applyResource("pods/none.yaml"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pods/none.yaml");
  }

  @Test
  void failure_tellsTheWholeStory() {
    TestPod job = runs(Script.prints("no config").after(Duration.ofSeconds(2)).exits(1), "Always");
    vch.clock().advance(Duration.ofSeconds(5));
    assertThatThrownBy(() -> assertThat(job).as("the job").hasPhase(SUCCEEDED))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            """
            [the job] Expecting pod default/job to be SUCCEEDED, but it is RUNNING; \
            app waits: CrashLoopBackOff after it exited with 1, restarted 1 times
            its story, by the clock:
                   +0s  PENDING; app waits: ContainerCreating
                   +0s  RUNNING; app runs, ready
                   +0s    event Started: Started container app
                   +2s  app runs, ready, restarted 1 times
                   +2s    event Started: Started container app
                   +4s  app waits: CrashLoopBackOff after it exited with 1, restarted 1 times
                   +4s    warning BackOff: Back-off restarting failed container app
            log of app, its end:
              no config
              no config
            """);
  }

  @Test
  void eachFailure_saysWhatWasWanted_andWhatThereIs() {
    TestPod job = runs(Script.prints("50 % done").exits(1), "Never");
    fails(() -> assertThat(job).isReady(), "to be ready, but it is FAILED; app is over: Error");
    fails(() -> assertThat(job).hasReason("Evicted"), "to be so for Evicted");
    fails(
        () -> assertThat(job).wentThrough(PENDING, RUNNING),
        "to have gone through [PENDING, RUNNING], but it went through [PENDING, ");
    fails(() -> assertThat(job).isGone(), "to be gone, but it is FAILED");
    fails(() -> assertThat(job).hasEvent("Pulled"), "to have the event Pulled, but it has [");
    fails(() -> assertThat(job).hasNoEvent("Started"), "not to have the event Started");
    fails(() -> assertThat(job).container("db"), "to have a container db, but it is FAILED; app");
    fails(() -> assertThat(job).log("app").contains("all"), "50 % done");
    fails(() -> assertThat(job).log("app").contains("all"), "its story");
    fails(
        () -> assertThat(job).container("app").exitedWith(0),
        "to have container app one that exited with 0, but it is FAILED");
    fails(() -> assertThat(job).container("app").hasPrinted("all"), "has printed 'all'");
    fails(() -> assertThat(pods.pod("team/other")).isReady(), "pod team/other to be ready");
    fails(() -> assertThat(pods.pod("other")).hasPhase(RUNNING), "but it is not there");
  }

  private static void fails(ThrowingCallable claim, String part) {
    assertThatThrownBy(claim).isInstanceOf(AssertionError.class).hasMessageContaining(part);
  }

  @Test
  void whatDoesNotComeInTime_fails_andTheTimeIsOver() {
    TestPod job = runs(Script.after(Duration.ofMinutes(2)).exits(0), "Never");
    fails(
        () -> assertThat(job).within(Duration.ofMinutes(1)).hasPhase(SUCCEEDED),
        "to be SUCCEEDED within 1m, but it is RUNNING");
    assertThat(vch.clock().instant()).isEqualTo(VirtualClock.START.plus(Duration.ofMinutes(1)));
  }

  @Test
  void manualClock_isTurned_too() {
    try (TestVch other = TestVch.builder().clock(VirtualClock.manual()).build()) {
      other.image(IMAGE).runs(Script.after(Duration.ofMinutes(2)).exits(0));
      assertThat(other.pods().apply(yaml("job", "Never", ""))).reaches(SUCCEEDED);
    }
  }
}
