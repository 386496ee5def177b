package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.vic4j.core.Digest;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.KubernetesStatuses;
import io.vic4j.pod.kubernetes.PodSources;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VicExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pods on a virtual container host in memory, as a cluster would see them. */
@ExtendWith(VicExtension.class)
class KubernetesStatusesTest {
  private static final PodSources NODE =
      new PodSources() {
        @Override
        public Optional<Node> node() {
          return Optional.of(new Node("node-a", List.of("192.0.2.7", "2001:db8::7")));
        }
      };

  static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: web, generation: 3}
      spec:
        restartPolicy: Never
        containers:
        - {name: app, image: "registry.test/app:1"}
        - {name: log, image: "registry.test/log:1"}
      """;

  private TestVch vch;
  private KubernetesStatuses statuses;
  private Pod asked;

  @BeforeEach
  void open(TestVch given) {
    vch = given;
    statuses = KubernetesStatuses.of(NODE, vch.clock());
  }

  private void create(String yaml) {
    asked = KubernetesPods.read(yaml);
    vch.host().pods().create(KubernetesPods.parse(yaml));
  }

  private void start(String yaml) {
    create(yaml);
    vch.host().pods().start(key());
  }

  private PodKey key() {
    return PodKey.of(asked.getMetadata().getName());
  }

  /** Asks for the status, and keeps it as an API server would. */
  private PodStatus status() {
    PodStatus status = statuses.status(asked, vch.host().pods().get(key()));
    asked = new PodBuilder(asked).withStatus(status).build();
    return status;
  }

  /** Conditions as {@code type} to {@code status reason: message}. */
  static Map<String, String> conditions(PodStatus status) {
    Map<String, String> conditions = new TreeMap<>();
    for (PodCondition it : status.getConditions()) {
      conditions.put(
          it.getType(),
          it.getStatus()
              + (it.getReason() == null ? "" : " " + it.getReason())
              + (it.getMessage() == null ? "" : ": " + it.getMessage()));
    }
    return conditions;
  }

  private static PodCondition condition(PodStatus status, String type) {
    return status.getConditions().stream()
        .filter(it -> it.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  static String waiting(ContainerStatus status) {
    return status.getState().getWaiting().getReason();
  }

  @Test
  void aPodThatIsMadeIsPending() {
    vch.image("registry.test/app:1").runs(Script.runsForever());
    vch.image("registry.test/log:1").runs(Script.runsForever());
    create(POD);

    PodStatus status = status();

    assertThat(status.getPhase()).isEqualTo("Pending");
    assertThat(status.getHostIP()).isEqualTo("192.0.2.7");
    assertThat(status.getHostIPs()).hasSize(2);
    assertThat(status.getQosClass()).isEqualTo("BestEffort");
    assertThat(status.getContainerStatuses())
        .allSatisfy(it -> assertThat(waiting(it)).isEqualTo("ContainerCreating"))
        .allSatisfy(it -> assertThat(it.getContainerID()).isNull())
        .extracting(ContainerStatus::getName)
        .containsExactly("app", "log");
    assertThat(conditions(status))
        .containsOnly(
            Map.entry("PodScheduled", "True"),
            Map.entry("PodReadyToStartContainers", "False"),
            Map.entry("Initialized", "True"),
            Map.entry(
                "ContainersReady",
                "False ContainersNotReady: containers with unready status: [app log]"),
            Map.entry(
                "Ready", "False ContainersNotReady: containers with unready status: [app log]"));
  }

  @Test
  void aPodThatRunsIsReady_andTimesAreThoseOfTheChange() {
    vch.image("registry.test/app:1").runs(Script.runsForever());
    vch.image("registry.test/log:1").runs(Script.runsForever());
    create(POD);
    PodStatus before = status();
    vch.clock().advance(Duration.ofMinutes(1));
    vch.host().pods().start(key());

    PodStatus status = status();

    assertThat(status.getPhase()).isEqualTo("Running");
    assertThat(conditions(status).values()).containsOnly("True");
    assertThat(status.getStartTime()).isEqualTo(before.getStartTime());
    assertThat(condition(status, "PodScheduled").getLastTransitionTime())
        .isEqualTo(condition(before, "PodScheduled").getLastTransitionTime());
    assertThat(condition(status, "Ready").getLastTransitionTime())
        .isNotEqualTo(condition(before, "Ready").getLastTransitionTime());
    assertThat(condition(status, "Ready").getObservedGeneration()).isEqualTo(3);
    ContainerStatus app = status.getContainerStatuses().get(0);
    assertThat(app.getReady()).isTrue();
    assertThat(app.getStarted()).isTrue();
    assertThat(app.getState().getRunning().getStartedAt()).endsWith("Z");
    assertThat(app.getContainerID()).startsWith("vic4j://").endsWith("/app/0");
    assertThat(app.getImage()).isEqualTo("registry.test/app:1");
    assertThat(app.getImageID()).startsWith("registry.test/app@sha256:");
  }

  @ParameterizedTest
  @CsvSource({"0, 0, Succeeded, Completed, PodCompleted", "3, 3, Failed, Error, PodFailed"})
  void aPodThatEndsSaysHow(int code, int exit, String phase, String reason, String ready) {
    vch.image("registry.test/app:1").runs(Script.exits(code));
    vch.image("registry.test/log:1").runs(Script.exits(0));
    start(POD);

    PodStatus status = status();

    assertThat(status.getPhase()).isEqualTo(phase);
    var over = status.getContainerStatuses().get(0).getState().getTerminated();
    assertThat(over.getExitCode()).isEqualTo(exit);
    assertThat(over.getReason()).isEqualTo(reason);
    assertThat(over.getFinishedAt()).isNotNull();
    assertThat(conditions(status)).containsEntry("Ready", "False " + ready);
    assertThat(conditions(status)).containsEntry("ContainersReady", "False " + ready);
  }

  @Test
  void aSignalIsAnExitCode() {
    vch.image("registry.test/app:1").runs(Script.killedBy(Signal.KILL));
    vch.image("registry.test/log:1").runs(Script.exits(0));
    start(POD);

    var over = status().getContainerStatuses().get(0).getState().getTerminated();

    assertThat(over.getExitCode()).isEqualTo(137);
    assertThat(over.getSignal()).isEqualTo(9);
  }

  @Test
  void aFailedContainersOutputIsItsMessageWherePeopleWantThat() {
    vch.image("registry.test/app:1").runs(Script.prints("no disk").exits(1));
    vch.image("registry.test/log:1").runs(Script.exits(1));
    start(
        POD.replace("{name: app,", "{name: app, terminationMessagePolicy: FallbackToLogsOnError,"));

    PodStatus status =
        statuses.status(
            asked, vch.host().pods().get(key()), name -> Optional.of("the end of " + name));

    assertThat(status.getContainerStatuses())
        .extracting(it -> it.getState().getTerminated().getMessage())
        .containsExactly("the end of app", null);
  }

  private static final Instant BEGUN = Instant.parse("2026-03-01T12:00:00.250Z");

  private static io.vic4j.pod.ContainerStatus container(
      String name, ContainerState state, Optional<ContainerState.Terminated> last, int restarts) {
    boolean running = state.isRunning();
    boolean done = state.exitStatus().filter(ExitStatus::isSuccess).isPresent();
    return new io.vic4j.pod.ContainerStatus(
        name,
        "registry.test/" + name + ":1",
        Digest.sha256(name),
        "registry.test/" + name + "@" + Digest.sha256(name),
        state,
        last,
        restarts,
        Optional.empty(),
        running,
        running || done,
        "");
  }

  private static ContainerState.Terminated over(int code, String reason) {
    return new ContainerState.Terminated(
        ExitStatus.exited(code), reason, "", Optional.of(BEGUN), Optional.of(BEGUN.plusSeconds(5)));
  }

  /** The status of a pod that is so. */
  private PodStatus status(
      String yaml,
      PodPhase phase,
      String reason,
      List<io.vic4j.pod.ContainerStatus> inits,
      List<io.vic4j.pod.ContainerStatus> containers) {
    asked = KubernetesPods.read(yaml);
    return statuses.status(
        asked,
        new io.vic4j.pod.Pod(
            "a-uid",
            KubernetesPods.parse(yaml),
            BEGUN,
            "vm-1",
            new io.vic4j.pod.PodStatus(
                phase,
                reason,
                "",
                containers,
                inits,
                List.of("10.0.0.5", "fd00::5"),
                Optional.of(BEGUN))));
  }

  @Test
  void aContainerThatCrashedWaits_andItsLastStateIsKept() {
    ContainerState running = new ContainerState.Running(BEGUN);
    PodStatus status =
        status(
            POD,
            PodPhase.RUNNING,
            "",
            List.of(),
            List.of(
                container(
                    "app",
                    new ContainerState.Waiting("CrashLoopBackOff", "back-off 20s"),
                    Optional.of(over(2, "Error")),
                    1),
                container("log", running, Optional.of(over(1, "OOMKilled")), 4)));

    ContainerStatus app = status.getContainerStatuses().get(0);
    assertThat(waiting(app)).isEqualTo("CrashLoopBackOff");
    assertThat(app.getState().getWaiting().getMessage()).isEqualTo("back-off 20s");
    assertThat(app.getRestartCount()).isEqualTo(1);
    assertThat(app.getLastState().getTerminated().getExitCode()).isEqualTo(2);
    assertThat(app.getContainerID())
        .isEqualTo("vic4j://vm-1/app/1")
        .isEqualTo(app.getLastState().getTerminated().getContainerID());
    ContainerStatus log = status.getContainerStatuses().get(1);
    assertThat(log.getState().getRunning().getStartedAt()).isEqualTo("2026-03-01T12:00:00Z");
    assertThat(log.getContainerID()).isEqualTo("vic4j://vm-1/log/4");
    assertThat(log.getLastState().getTerminated().getReason()).isEqualTo("OOMKilled");
    assertThat(log.getLastState().getTerminated().getContainerID()).isEqualTo("vic4j://vm-1/log/3");
    assertThat(status.getPodIP()).isEqualTo("10.0.0.5");
    assertThat(status.getPodIPs()).extracting(PodIP::getIp).containsExactly("10.0.0.5", "fd00::5");
    assertThat(status.getStartTime()).isEqualTo("2026-03-01T12:00:00Z");
  }

  private static final String PREPARED =
      POD
          + """
            initContainers:
            - {name: proxy, image: "registry.test/proxy:1", restartPolicy: Always}
            - {name: prepare, image: "registry.test/prepare:1"}
          """;

  @Test
  void initContainersComeFirst() {
    ContainerState running = new ContainerState.Running(BEGUN);
    ContainerState waiting = new ContainerState.Waiting("PodInitializing", "");
    PodStatus early =
        status(
            PREPARED,
            PodPhase.PENDING,
            "",
            List.of(
                container("proxy", running, Optional.empty(), 0),
                container("prepare", waiting, Optional.empty(), 0)),
            List.of(
                container("app", waiting, Optional.empty(), 0),
                container("log", waiting, Optional.empty(), 0)));
    assertThat(conditions(early))
        .containsEntry(
            "Initialized",
            "False ContainersNotInitialized: containers with incomplete status: [prepare]")
        .containsEntry(
            "Ready", "False ContainersNotReady: containers with unready status: [app log]");
    assertThat(early.getInitContainerStatuses().get(0).getStarted()).isTrue();

    PodStatus late =
        status(
            PREPARED,
            PodPhase.RUNNING,
            "",
            List.of(
                container(
                    "proxy",
                    new ContainerState.Waiting("CrashLoopBackOff", ""),
                    Optional.empty(),
                    1),
                container("prepare", over(0, "Completed"), Optional.empty(), 0)),
            List.of(
                container("app", running, Optional.empty(), 0),
                container("log", running, Optional.empty(), 0)));
    assertThat(conditions(late))
        .containsEntry("Initialized", "True")
        .containsEntry(
            "Ready", "False ContainersNotReady: containers with unready status: [proxy]");
    assertThat(late.getInitContainerStatuses().get(1).getReady()).isTrue();
  }

  @Test
  void aDeadlineThatPassesFailsThePod() {
    PodStatus status =
        status(
            POD,
            PodPhase.FAILED,
            "DeadlineExceeded",
            List.of(),
            List.of(
                container("app", over(143, "Error"), Optional.empty(), 0),
                container(
                    "log",
                    new ContainerState.Terminated(
                        ExitStatus.unknown("power lost"),
                        "ContainerStatusUnknown",
                        "",
                        Optional.empty(),
                        Optional.empty()),
                    Optional.empty(),
                    0)));

    assertThat(status.getPhase()).isEqualTo("Failed");
    assertThat(status.getReason()).isEqualTo("DeadlineExceeded");
    assertThat(conditions(status))
        .containsEntry("Ready", "False PodFailed")
        .containsEntry("PodReadyToStartContainers", "False");
    assertThat(status.getContainerStatuses().get(1).getState().getTerminated().getExitCode())
        .isEqualTo(137);
  }

  @Test
  void readinessGatesAreWaitedFor() {
    vch.image("registry.test/app:1").runs(Script.runsForever());
    vch.image("registry.test/log:1").runs(Script.runsForever());
    start(POD + "  readinessGates: [{conditionType: example.com/open}]\n");

    assertThat(conditions(status()))
        .containsEntry("ContainersReady", "True")
        .containsEntry(
            "Ready",
            "False ReadinessGatesNotReady: corresponding condition of pod readiness gate"
                + " \"example.com/open\" does not exist.");

    PodCondition open = new PodCondition();
    open.setType("example.com/open");
    open.setStatus("True");
    asked.getStatus().getConditions().add(open);
    assertThat(conditions(status()))
        .containsEntry("Ready", "True")
        .containsEntry("example.com/open", "True");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{requests: {cpu: 1}}|Burstable",
        "{limits: {cpu: 1, memory: 1Gi}}|Guaranteed",
        "{limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}|Burstable",
        "{}|BestEffort"
      })
  void qosClass_dependsOnResources(String resources, String qosClass) {
    String yaml =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: a}
        spec: {containers: [{name: a, image: b, resources: %s}]}
        """
            .formatted(resources);

    assertThat(statuses.creating(KubernetesPods.read(yaml)).getQosClass()).isEqualTo(qosClass);
  }
}
