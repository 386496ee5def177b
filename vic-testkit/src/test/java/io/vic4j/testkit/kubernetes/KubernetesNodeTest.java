package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vic4j.core.UnavailableException;
import io.vic4j.pod.PodKey;
import io.vic4j.testkit.FaultPlan.Operation;
import io.vic4j.testkit.Script;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KubernetesNodeTest {
  private final NodeCluster cluster = new NodeCluster();

  @AfterEach
  void close() {
    cluster.close();
  }

  // ---- The node.

  @Test
  void aNodeJoins_withWhatTheHypervisorHas() {
    cluster.options(it -> it.address("10.0.0.7").label("zone", "a"));
    cluster.start();

    Node node = cluster.node();
    assertThat(node.getMetadata().getLabels())
        .containsAllEntriesOf(
            Map.of(
                "kubernetes.io/hostname", "vic-1",
                "kubernetes.io/os", "linux",
                "kubernetes.io/arch", "amd64",
                "type", "virtual-kubelet",
                "node.kubernetes.io/instance-type", "vic",
                "zone", "a"));
    assertThat(node.getSpec().getTaints())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.getKey()).isEqualTo("virtual-kubelet.io/provider");
              assertThat(it.getValue()).isEqualTo("vic");
              assertThat(it.getEffect()).isEqualTo("NoSchedule");
            });
    assertThat(node.getStatus().getCapacity())
        .containsEntry("cpu", new Quantity("16"))
        .containsEntry("memory", new Quantity(Long.toString(64L << 30)))
        .containsEntry("pods", new Quantity("1000"));
    assertThat(node.getStatus().getAllocatable()).containsKeys("cpu", "memory", "pods");
    assertThat(node.getStatus().getAddresses())
        .extracting(it -> it.getType() + "=" + it.getAddress())
        .containsExactly("InternalIP=10.0.0.7", "Hostname=vic-1");
    assertThat(conditions(node))
        .containsAllEntriesOf(
            Map.of(
                "Ready", "True",
                "MemoryPressure", "False",
                "DiskPressure", "False",
                "PIDPressure", "False",
                "NetworkUnavailable", "False"));
  }

  private static Map<String, String> conditions(Node node) {
    return node.getStatus().getConditions().stream()
        .collect(java.util.stream.Collectors.toMap(it -> it.getType(), it -> it.getStatus()));
  }

  @Test
  void aNodeIsNotReady_whileItsHypervisorDoesNotAnswer() {
    cluster.start();
    cluster
        .vch
        .faults()
        .on(Operation.CAPACITY)
        .everyCall()
        .fails(() -> new UnavailableException("cable pulled", null));
    cluster.until(() -> conditions(cluster.node()).get("Ready").equals("False"));
    assertThat(cluster.node().getStatus().getCapacity()).containsKey("cpu");

    cluster.vch.faults().clear();
    cluster.until(() -> conditions(cluster.node()).get("Ready").equals("True"));
  }

  @Test
  void anUnchangedNode_isWrittenEvery5Minutes() {
    cluster.start();
    cluster.until(() -> lease().isPresent());
    String before = cluster.node().getMetadata().getResourceVersion();
    var begin = cluster.clock.instant();
    while (cluster.clock.instant().isBefore(begin.plus(Duration.ofMinutes(4)))) {
      awaitRenewal();
    }
    assertThat(cluster.node().getMetadata().getResourceVersion()).isEqualTo(before);
    cluster.until(() -> !cluster.node().getMetadata().getResourceVersion().equals(before));
  }

  /** Lets time pass until the lease is renewed. */
  private void awaitRenewal() {
    ZonedDateTime before = lease().orElseThrow().getSpec().getRenewTime();
    cluster.until(() -> lease().orElseThrow().getSpec().getRenewTime().isAfter(before));
  }

  private Optional<Lease> lease() {
    return cluster.api.find("leases", "kube-node-lease", NodeCluster.NODE, Lease.class);
  }

  @Test
  void theLease_isRenewedEvery10Seconds_andMadeAgainWhenLost() {
    cluster.start();
    cluster.until(() -> lease().isPresent());
    cluster.until(() -> !lease().orElseThrow().getMetadata().getOwnerReferences().isEmpty());
    Lease first = lease().orElseThrow();
    assertThat(first.getSpec().getHolderIdentity()).isEqualTo("vic-1");
    assertThat(first.getSpec().getLeaseDurationSeconds()).isEqualTo(40);
    assertThat(first.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.getKind()).isEqualTo("Node");
              assertThat(it.getUid()).isEqualTo(cluster.node().getMetadata().getUid());
            });

    awaitRenewal();
    assertThat(
            Duration.between(
                first.getSpec().getRenewTime(), lease().orElseThrow().getSpec().getRenewTime()))
        .isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));

    cluster.api.delete("leases", "kube-node-lease", NodeCluster.NODE, null);
    cluster.until(() -> lease().isPresent());
  }

  @Test
  void aNodeObjectThatIsDeleted_isMadeAgain() {
    cluster.start();
    cluster.api.delete("nodes", "", NodeCluster.NODE, null);
    cluster.until(() -> cluster.api.find("nodes", "", NodeCluster.NODE, Node.class).isPresent());
  }

  // ---- Pods.

  @Test
  void aBoundPodRuns_andItsEndIsTold() {
    cluster.image("long", Script.after(Duration.ofMinutes(5)).exits(0));
    cluster.start();
    cluster.api.create(NodeCluster.pod("job", "long", "Never"));
    cluster.untilPhase("job", "Running");
    Pod running = cluster.get("job");
    assertThat(running.getStatus().getContainerStatuses().get(0).getReady()).isTrue();
    assertThat(cluster.host().pods().get(PodKey.of("job")).uid())
        .isEqualTo(running.getMetadata().getUid());

    cluster.untilPhase("job", "Succeeded");
    assertThat(cluster.reason("job")).isEqualTo("Completed");
    cluster.until(
        () ->
            cluster.reasons("job").containsAll(List.of("Pulling", "Pulled", "Created", "Started")));
    assertThat(cluster.isThere("job")).as("kept for its logs").isTrue();
  }

  @Test
  void aPodThatFails_isFailed_withItsExitCode() {
    cluster.start();
    cluster.api.create(NodeCluster.pod("bad", "broken", "Never"));
    cluster.untilPhase("bad", "Failed");
    assertThat(
            cluster
                .get("bad")
                .getStatus()
                .getContainerStatuses()
                .get(0)
                .getState()
                .getTerminated()
                .getExitCode())
        .isEqualTo(3);
  }

  @Test
  void aPodThatCrashes_isRestarted_andStaysRunning() {
    cluster.start();
    cluster.bind("bad", "broken");
    cluster.until(
        () ->
            cluster
                .find("bad")
                .map(Pod::getStatus)
                .map(PodStatus::getContainerStatuses)
                .filter(it -> !it.isEmpty() && it.get(0).getRestartCount() >= 2)
                .isPresent());
    assertThat(cluster.phase("bad")).isEqualTo("Running");
    cluster.until(() -> cluster.reasons("bad").contains("BackOff"));
  }

  @Test
  void aDeletedPod_endsWell_itsEndIsTold_andItIsGone() {
    cluster.start();
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    List<Pod> seen = new CopyOnWriteArrayList<>();
    try (KubernetesClient observer = NodeCluster.client(cluster.api);
        var informer =
            observer
                .pods()
                .inNamespace("default")
                .inform(
                    new io.fabric8.kubernetes.client.informers.ResourceEventHandler<Pod>() {
                      @Override
                      public void onAdd(Pod pod) {
                        seen.add(pod);
                      }

                      @Override
                      public void onUpdate(Pod before, Pod pod) {
                        seen.add(pod);
                      }

                      @Override
                      public void onDelete(Pod pod, boolean unknown) {
                        seen.add(pod);
                      }
                    })) {
      assertThat(informer.hasSynced()).isTrue();
      cluster.delete("web", null);
      cluster.until(() -> cluster.find("web").isEmpty());
      NodeCluster.awaitNow(
          () ->
              seen.stream()
                  .anyMatch(
                      it ->
                          it.getStatus().getContainerStatuses().get(0).getState().getTerminated()
                              != null));
    }
    assertThat(cluster.isThere("web")).isFalse();
    cluster.until(() -> cluster.reasons("web").contains("Killing"));
  }

  @Test
  void aShorterGraceThatComesLater_cutsTheEndShort() {
    cluster.start();
    cluster.bind("web", "stubborn");
    cluster.untilPhase("web", "Running");
    var begin = cluster.clock.instant();
    cluster.delete("web", 3600L);
    cluster.until(() -> cluster.reasons("web").contains("Killing"));
    assertThat(cluster.find("web")).isPresent();
    cluster.delete("web", 5L);
    cluster.until(() -> cluster.find("web").isEmpty());
    assertThat(Duration.between(begin, cluster.clock.instant())).isLessThan(Duration.ofMinutes(30));
    assertThat(cluster.isThere("web")).isFalse();
  }

  @Test
  void aPodThatCannotBeHad_isFailed_andSaysWhy() {
    cluster.start();
    Pod pod =
        new PodBuilder(NodeCluster.pod("odd", "web", "Always"))
            .editSpec()
            .withHostNetwork(true)
            .withHostPID(true)
            .endSpec()
            .build();
    cluster.api.create(pod);
    cluster.untilPhase("odd", "Failed");
    assertThat(cluster.get("odd").getStatus().getMessage())
        .contains("spec.hostNetwork", "spec.hostPID");
    cluster.until(
        () ->
            cluster.events("odd").stream()
                .anyMatch(
                    it ->
                        it.getType().equals("Warning")
                            && it.getMessage().contains("spec.hostNetwork")));
    assertThat(cluster.isThere("odd")).isFalse();
  }

  @Test
  void anImageThatIsNotThere_isWaitedFor_longerEachTime() {
    cluster.start();
    cluster.bind("late", "late");
    cluster.until(() -> cluster.reason("late").equals("ErrImagePull"));
    assertThat(cluster.phase("late")).isEqualTo("Pending");
    cluster.until(() -> cluster.reason("late").equals("ImagePullBackOff"));
    cluster.until(() -> cluster.reasons("late").containsAll(List.of("Failed", "BackOff")));

    cluster.image("late", Script.runsForever());
    cluster.untilPhase("late", "Running");
  }

  @Test
  void aConfigMapThatIsNotThere_isWaitedFor() {
    cluster.start();
    Pod pod =
        new PodBuilder(NodeCluster.pod("web", "web", "Always"))
            .editSpec()
            .editContainer(0)
            .addNewEnvFrom()
            .withNewConfigMapRef("settings", false)
            .endEnvFrom()
            .endContainer()
            .endSpec()
            .build();
    cluster.api.create(pod);
    cluster.until(() -> cluster.reason("web").equals("CreateContainerConfigError"));
    cluster.api.create(
        new io.fabric8.kubernetes.api.model.ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("settings")
            .endMetadata()
            .addToData("MODE", "fast")
            .build());
    cluster.untilPhase("web", "Running");
  }

  @Test
  void changedLabels_reachTheVm_andAnotherImageToo() {
    cluster.start();
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    Pod pod = cluster.get("web");
    cluster.api.update(
        new PodBuilder(pod)
            .editMetadata()
            .withResourceVersion(null)
            .withLabels(Map.of("tier", "front"))
            .endMetadata()
            .build());
    cluster.until(
        () ->
            cluster
                .host()
                .pods()
                .get(PodKey.of("web"))
                .spec()
                .labels()
                .equals(Map.of("tier", "front")));

    cluster.api.update(
        new PodBuilder(pod)
            .editMetadata()
            .withResourceVersion(null)
            .endMetadata()
            .editSpec()
            .editContainer(0)
            .withImage("registry.test/job:1")
            .endContainer()
            .endSpec()
            .build());
    cluster.until(
        () -> {
          var status = cluster.get("web").getStatus().getContainerStatuses().get(0);
          return status.getImage().equals("registry.test/job:1") && status.getRestartCount() == 1;
        });
    assertThat(cluster.reasons("web")).contains("Killing", "Pulled").doesNotContain("FailedUpdate");
  }

  @Test
  void deadlineThatIsGivenLater_endsThePod() {
    cluster.start();
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    cluster.api.update(
        new PodBuilder(cluster.get("web"))
            .editMetadata()
            .withResourceVersion(null)
            .endMetadata()
            .editSpec()
            .withActiveDeadlineSeconds(60L)
            .endSpec()
            .build());
    cluster.untilPhase("web", "Failed");
    assertThat(cluster.get("web").getStatus().getReason()).isEqualTo("DeadlineExceeded");
  }

  @Test
  void theSameEvent_isCounted() {
    cluster.start();
    cluster.bind("bad", "broken");
    cluster.until(
        () ->
            cluster.events("bad").stream()
                .filter(it -> it.getReason().equals("Started"))
                .map(Event::getCount)
                .anyMatch(it -> it >= 3));
    assertThat(cluster.reasons("bad")).containsOnlyOnce("Started");
  }
}
