package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import io.vic4j.testkit.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kubectl} says of a node and its pods, and what it does with them. */
@Timeout(120)
final class KubectlNodeTest {
  private static final String WEB =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
        labels: {tier: front}
      spec:
        nodeName: vic-1
        containers:
        - name: app
          image: registry.test/web:1
          imagePullPolicy: IfNotPresent
      """;

  @TempDir private Path home;
  private final NodeCluster cluster = new NodeCluster();
  private ApiFront front;
  private Kubectl kubectl;

  @BeforeEach
  void start() throws Exception {
    KubeletCertificates certificates = KubeletNode.certificates();
    cluster.options(
        it ->
            it.address("127.0.0.1")
                .kubelet(
                    kubelet ->
                        kubelet
                            .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                            .certificate(certificates.certificate(), certificates.key())
                            .clientCa(certificates.ca())
                            .authorizer(
                                (user, verb, sub) -> user.groups().contains("system:masters"))));
    KubernetesNode node = cluster.start();
    front =
        new ApiFront(
            cluster.api, node.kubeletPort().getAsInt(), certificates.client(KubeletNode.MASTER));
    kubectl = new Kubectl(front.url(), home);
  }

  @AfterEach
  void close() throws IOException {
    if (front != null) {
      front.close();
    }
    cluster.close();
  }

  /** What a command prints, while time passes. */
  private String run(String... arguments) throws Exception {
    return given("", arguments);
  }

  private String given(String input, String... arguments) throws Exception {
    try (var command = kubectl.start(arguments).input(input)) {
      cluster.until(Duration.ofSeconds(60), command::isOver);
      return command.text();
    }
  }

  /** The same, with runs of spaces as one: kubectl prints columns. */
  private String describe(String kind, String name) throws Exception {
    return run("describe", kind, name).replaceAll(" +", " ");
  }

  // ---- The node.

  @Test
  void theNode_isDescribed() throws Exception {
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    cluster.until(() -> cluster.api.all("leases", Lease.class).size() == 1);
    assertThat(run("get", "nodes")).contains("vic-1");
    assertThat(describe("node", "vic-1"))
        .contains(
            "Taints: virtual-kubelet.io/provider=vic:NoSchedule",
            "HolderIdentity: vic-1",
            "MemoryPressure False",
            "KubeletHasSufficientMemory",
            "Ready True",
            "KubeletReady",
            "InternalIP: 127.0.0.1",
            "cpu: 16",
            "Kubelet Version: v1.33.0-vic4j",
            "Non-terminated Pods: (1 in total)",
            "default web");
  }

  // ---- How pods are.

  @Test
  void aPodThatCrashes_backsOff() throws Exception {
    cluster.bind("bad", "broken");
    cluster.until(() -> restarts("bad") >= 1 && cluster.reason("bad").equals("CrashLoopBackOff"));
    cluster.until(() -> cluster.reasons("bad").contains("BackOff"));
    cluster.until(() -> cluster.reason("bad").equals("CrashLoopBackOff"));
    cluster.stop(); // So that it stays so.
    assertThat(run("get", "pods")).contains("bad");
    assertThat(describe("pod", "bad"))
        .contains("Status: Running", "State: Waiting", "Reason: CrashLoopBackOff")
        .contains("Last State: Terminated", "Reason: Error", "Exit Code: 3", "Ready: False")
        .containsPattern("Restart Count: [1-9]")
        .containsPattern("Warning BackOff .* Back-off restarting failed container app")
        .containsPattern("Normal Started .* Started container app")
        .containsPattern("Normal Pulled .* Successfully pulled image")
        .contains("QoS Class: BestEffort");
  }

  private int restarts(String pod) {
    PodStatus status = cluster.get(pod).getStatus();
    return status == null || status.getContainerStatuses().isEmpty()
        ? 0
        : status.getContainerStatuses().get(0).getRestartCount();
  }

  @Test
  void podsThatAreOver_areCompletedOrInError() throws Exception {
    cluster.api.create(NodeCluster.pod("job", "job", "Never"));
    cluster.api.create(NodeCluster.pod("bad", "broken", "Never"));
    cluster.untilPhase("job", "Succeeded");
    cluster.untilPhase("bad", "Failed");
    assertThat(describe("pod", "job"))
        .contains("Status: Succeeded", "State: Terminated", "Reason: Completed", "Exit Code: 0");
    assertThat(describe("pod", "bad"))
        .contains("Status: Failed", "State: Terminated", "Reason: Error", "Exit Code: 3");
  }

  @Test
  void podsThatWereEnded_sayWhatFor() throws Exception {
    cluster.image("greedy", Script.after(Duration.ofSeconds(5)).runsOutOfMemory());
    cluster.api.create(NodeCluster.pod("greedy", "greedy", "Never"));
    cluster.api.create(
        new PodBuilder(NodeCluster.pod("late", "web", "Always"))
            .editSpec()
            .withActiveDeadlineSeconds(20L)
            .endSpec()
            .build());
    cluster.untilPhase("greedy", "Failed");
    cluster.untilPhase("late", "Failed");
    assertThat(describe("pod", "greedy"))
        .contains("Status: Failed", "State: Terminated", "Reason: OOMKilled", "Exit Code: 137");
    assertThat(describe("pod", "late"))
        .contains("Status: Failed", "Reason: DeadlineExceeded")
        .contains("Pod was active on the node longer than the specified deadline");
  }

  @Test
  void podsThatCannotRun_sayWhy() throws Exception {
    cluster.bind("late", "nowhere");
    cluster.until(() -> cluster.reasons("late").contains("BackOff"));
    cluster.api.create(
        new PodBuilder(NodeCluster.pod("big", "web", "Always"))
            .editSpec()
            .editContainer(0)
            .withNewResources()
            .addToRequests("cpu", new Quantity("17"))
            .endResources()
            .endContainer()
            .endSpec()
            .build());
    cluster.until(() -> cluster.reasons("big").contains("OutOfcpu"));
    assertThat(describe("pod", "late"))
        .contains("Status: Pending", "State: Waiting")
        .containsPattern("Reason: (ErrImagePull|ImagePullBackOff)")
        .containsPattern("Warning Failed .* Failed to pull image")
        .containsPattern("Warning BackOff .* Back-off pulling image");
    assertThat(describe("pod", "big"))
        .contains("Status: Failed", "Reason: OutOfcpu", "Message: Pod was rejected: Node didn't")
        .containsPattern(
            "Warning OutOfcpu .* Node didn't have enough resource: cpu, requested: 17000");
  }

  // ---- Logs.

  @Test
  void logs_areFollowedToTheEnd_andReadInParts() throws Exception {
    cluster.image(
        "ticker",
        Script.prints("one")
            .after(Duration.ofMinutes(5))
            .prints("two")
            .after(Duration.ofMinutes(5))
            .prints("three")
            .exits(0));
    cluster.api.create(NodeCluster.pod("job", "ticker", "Never"));
    cluster.untilPhase("job", "Running");
    assertThat(run("logs", "-f", "job")).isEqualTo("one\ntwo\nthree\n");
    assertThat(run("logs", "job")).isEqualTo("one\ntwo\nthree\n");
    assertThat(run("logs", "--tail=1", "job")).isEqualTo("three\n");
    assertThat(run("logs", "--since=100h", "job")).isEqualTo("one\ntwo\nthree\n");
    assertThat(run("logs", "--since=1s", "job")).isEmpty();
    assertThat(run("logs", "--timestamps", "--tail=2", "job"))
        .matches("2026-01-01T\\S+Z two\n2026-01-01T\\S+Z three\n");
    assertThat(run("logs", "--limit-bytes=5", "job")).isEqualTo("one\nt");
  }

  @Test
  void logs_previous_areOfTheRunBefore() throws Exception {
    cluster.bind("bad", "broken");
    cluster.until(() -> cluster.reason("bad").equals("CrashLoopBackOff"));
    assertThat(run("logs", "--previous", "bad")).isEqualTo("no disk\n");
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    try (var previous = kubectl.start("logs", "--previous", "web")) {
      assertThat(previous.exitCode()).isEqualTo(1);
      assertThat(previous.err()).contains("previous terminated container \"app\" in pod \"web\"");
    }
  }

  // ---- What is done with pods.

  @Test
  void aPodIsApplied_changed_andDeleted() throws Exception {
    assertThat(given(WEB, "apply", "--validate=false", "-f", "-")).isEqualTo("pod/web created\n");
    cluster.untilPhase("web", "Running");
    assertThat(run("wait", "--for=condition=Ready", "pod/web"))
        .isEqualTo("pod/web condition met\n");

    assertThat(given(WEB.replace("front", "back"), "apply", "--validate=false", "-f", "-"))
        .isEqualTo("pod/web configured\n");
    cluster.until(
        () ->
            "back".equals(cluster.host().pods().get(PodKey.of("web")).spec().labels().get("tier")));

    assertThat(run("delete", "pod", "web", "--grace-period=5")).contains("pod \"web\" deleted");
    assertThat(cluster.find("web")).isEmpty();
    cluster.until(() -> !cluster.isThere("web"));
    assertThat(cluster.reasons("web")).contains("Killing");
  }

  @Test
  void aPodIsCreated_andDeletedAtOnce() throws Exception {
    assertThat(given(WEB.replace("/web:", "/stubborn:"), "create", "--validate=false", "-f", "-"))
        .isEqualTo("pod/web created\n");
    cluster.untilPhase("web", "Running");
    assertThat(run("delete", "pod", "web", "--now", "--wait=false")).contains("web");
    cluster.until(() -> cluster.find("web").isEmpty());
    cluster.until(() -> !cluster.isThere("web"));
  }
}
