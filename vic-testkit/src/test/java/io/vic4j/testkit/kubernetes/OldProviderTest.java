package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.PodRefusedException;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VicExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What VIC's virtual-kubelet provider got wrong without a word, one by one. */
@ExtendWith(VicExtension.class)
final class OldProviderTest {
  private static final String IMAGE = "registry.test/app:1";
  private static final PodKey KEY = PodKey.of("team", "web");

  private final TestVch vch;
  private final PodLifecycle pods;

  OldProviderTest(TestVch vch) {
    this.vch = vch;
    this.pods = vch.host().pods();
  }

  private static String yaml(String namespace, String pod, String container) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, namespace: %s}
        spec: {%s containers: [{name: app, image: "registry.test/app:1" %s}]}
        """
        .formatted(
            namespace, pod.isEmpty() ? "" : pod + ",", container.isEmpty() ? "" : ", " + container);
  }

  private Pod create(String pod, String container) {
    return pods.create(KubernetesPods.parse(yaml("team", pod, container)));
  }

  private PodStatus run(Script script, String pod, String container) {
    vch.image(IMAGE).runs(script);
    create(pod, container);
    return pods.start(KEY).status();
  }

  private ContainerVmSpec vm(Pod pod) {
    VmRecord record = vch.hypervisor().find(pod.vmId()).orElseThrow();
    return GuestProtocol.decodeSpec(record.name(), record.variables());
  }

  @Test
  void cpuAndMemory_sizeTheVm() {
    vch.image(IMAGE).runs(Script.runsForever());
    ContainerVmSpec vm = vm(create("", "resources: {limits: {cpu: 1500m, memory: 1Gi}}"));
    assertThat(vm.cpus()).isEqualTo(2);
    assertThat(vm.memory()).isGreaterThanOrEqualTo(MemorySize.ofMebibytes(1024));
  }

  @Test
  void env_reachesTheProcess() {
    vch.image(IMAGE).runs(Script.runsForever());
    ContainerVmSpec vm = vm(create("", "env: [{name: A, value: one}, {name: B, value: $(A)-two}]"));
    assertThat(vm.sessions().get(0).env()).containsEntry("A", "one").containsEntry("B", "one-two");
  }

  @Test
  void ports_areWhatProbesNameThemBy_andThoseOfTheHostAreRefused() {
    vch.image(IMAGE).runs(Script.runsForever());
    ContainerVmSpec vm =
        vm(
            create(
                "",
                "ports: [{name: web, containerPort: 8080}],"
                    + " readinessProbe: {tcpSocket: {port: web}}"));
    assertThat(vm.sessions().get(0).lifecycle().readiness().orElseThrow().action().toString())
        .contains("8080");
    assertThatThrownBy(
            () ->
                KubernetesPods.parse(
                    yaml("team", "", "ports: [{containerPort: 8080, hostPort: 80}]")))
        .isInstanceOf(PodRefusedException.class)
        .hasMessageContaining("spec.containers[0].ports[0].hostPort");
  }

  @Test
  void namespaces_keepPodsOfOneNameApart() {
    vch.image(IMAGE).runs(Script.runsForever());
    pods.create(KubernetesPods.parse(yaml("one", "", "")));
    pods.create(KubernetesPods.parse(yaml("two", "", "")));
    assertThat(pods.list("one")).hasSize(1);
    assertThat(pods.list()).hasSize(2);
  }

  @Test
  void gracePeriod_isWaitedFor() {
    var unused =
        run(
            Script.runsForever()
                .onSignal(Signal.TERM, Script.after(Duration.ofSeconds(50)).exits(0)),
            "terminationGracePeriodSeconds: 60",
            "");
    Instant before = vch.clock().instant();
    Pod stopped = pods.stop(KEY);
    assertThat(stopped.phase()).isEqualTo(PodPhase.SUCCEEDED);
    assertThat(Duration.between(before, vch.clock().instant()))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(50))
        .isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void volumes_areMounted_andWhatCannotBeIsRefused() {
    vch.image(IMAGE).runs(Script.runsForever());
    ContainerVmSpec vm =
        vm(
            create(
                "volumes: [{name: work, emptyDir: {}}]",
                "volumeMounts: [{name: work, mountPath: /work}]"));
    assertThat(vm.sessions().get(0).mounts())
        .extracting(mount -> mount.path())
        .containsExactly("/work");
    assertThatThrownBy(
            () ->
                KubernetesPods.parse(
                    yaml("team", "volumes: [{name: etc, hostPath: {path: /etc}}]", "")))
        .isInstanceOf(PodRefusedException.class)
        .hasMessageContaining("spec.volumes[0].hostPath");
  }

  @Test
  void livenessProbe_restarts() {
    vch.scripts().program("/bin/well", Script.exits(1));
    var unused =
        run(
            Script.runsForever(),
            "",
            "livenessProbe: {exec: {command: [/bin/well]}, periodSeconds: 1, failureThreshold: 2}");
    vch.clock().advance(Duration.ofMinutes(1));
    assertThat(pods.status(KEY).container("app").restarts()).isPositive();
  }

  @Test
  void restartPolicyNever_isHeeded() {
    PodStatus status = run(Script.exits(3), "restartPolicy: Never", "");
    vch.clock().advance(Duration.ofMinutes(10));
    assertThat(pods.status(KEY)).isEqualTo(status);
    assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
    assertThat(status.container("app").restarts()).isZero();
  }

  @Test
  void containerThatHasNotBegun_isNeitherRunningNorReady() {
    vch.image(IMAGE).runs(Script.runsForever());
    PodStatus made = create("", "readinessProbe: {exec: {command: [/bin/well]}}").status();
    assertThat(made.container("app").state()).isInstanceOf(ContainerState.Waiting.class);
    assertThat(made.isReady()).isFalse();
    vch.scripts().program("/bin/well", Script.exits(1));
    PodStatus running = pods.start(KEY).status();
    assertThat(running.container("app").state().isRunning()).isTrue();
    assertThat(running.isReady()).isFalse();
  }

  @Test
  void logs_areWhatWasPrinted() {
    var unused = run(Script.prints("hello").runsForever(), "", "");
    try (LogReader log = pods.logs(KEY, "app")) {
      assertThat(log.text()).isEqualTo("hello\n");
    }
  }

  @Test
  void exec_runsTheProgram_andTellsItsExit() throws Exception {
    var unused = run(Script.runsForever(), "", "");
    vch.scripts().program("/bin/check", Script.prints("checked").exits(3));
    try (GuestProcess process = pods.exec(KEY, ExecSpec.of("app", "/bin/check"))) {
      assertThat(new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("checked\n");
      assertThat(process.awaitExit(Duration.ofMinutes(1))).isEqualTo(ExitStatus.exited(3));
    }
  }

  @Test
  void afterARestart_podsAreFoundAgain() {
    var unused = run(Script.runsForever(), "", "env: [{name: A, value: b}]");
    Pod before = pods.get(KEY);
    assertThat(vch.reopen().pods().list()).containsExactly(before);
  }

  @Test
  void pullPolicyAlways_pullsEachTime() {
    vch.image(IMAGE).runs(Script.runsForever());
    Digest first = create("", "imagePullPolicy: Always").status().container("app").imageId();
    pods.delete(KEY);
    vch.image(IMAGE)
        .content(
            TestImage.builder().layer(layer -> layer.file("new", "x")).entrypoint("/a").build())
        .onlyInRegistry()
        .runs(Script.runsForever());
    Digest kept = create("", "imagePullPolicy: IfNotPresent").status().container("app").imageId();
    pods.delete(KEY);
    Digest second = create("", "imagePullPolicy: Always").status().container("app").imageId();
    assertThat(kept).isEqualTo(first);
    assertThat(second).isNotEqualTo(first);
  }
}
