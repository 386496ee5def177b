package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Pods that a node is bound to have, and has not enough for: the node has 16 cores, 64 GiB of
 * memory and 8 GiB of disks.
 */
@Timeout(60)
class KubernetesNodeAdmissionTest {
  private final NodeCluster cluster = new NodeCluster(it -> it.capacityBytes(8L << 30));

  @AfterEach
  void close() {
    cluster.close();
  }

  private static Pod asking(String name, String cpu, String memory) {
    return asking(name, Map.of("cpu", new Quantity(cpu), "memory", new Quantity(memory)));
  }

  private static Pod asking(String name, Map<String, Quantity> requests) {
    return new PodBuilder(NodeCluster.pod(name, "web", "Always"))
        .editSpec()
        .editContainer(0)
        .withNewResources()
        .withRequests(requests)
        .endResources()
        .endContainer()
        .endSpec()
        .build();
  }

  private void assertRejected(String name, String reason, String message) {
    cluster.untilPhase(name, "Failed");
    Pod pod = cluster.get(name);
    assertThat(pod.getStatus().getReason()).isEqualTo(reason);
    assertThat(pod.getStatus().getMessage()).isEqualTo("Pod was rejected: " + message);
    assertThat(cluster.isThere(name)).isFalse();
    cluster.until(
        () ->
            cluster.events(name).stream()
                .anyMatch(
                    it ->
                        it.getType().equals("Warning")
                            && it.getReason().equals(reason)
                            && it.getMessage().equals(message)));
  }

  @Test
  void aPodTooMany_isOutOfpods_andThereIsRoomWhenAnotherIsGone() {
    cluster.options(it -> it.maxPods(1));
    cluster.start();
    cluster.bind("first", "web");
    cluster.untilPhase("first", "Running");
    cluster.bind("second", "web");
    assertRejected(
        "second",
        "OutOfpods",
        "Node didn't have enough resource: pods, requested: 1, used: 1, capacity: 1");

    cluster.delete("first", 0L);
    cluster.until(() -> cluster.find("first").isEmpty());
    cluster.bind("third", "web");
    cluster.untilPhase("third", "Running");
    assertThat(cluster.phase("second")).isEqualTo("Failed");
  }

  @Test
  void aPodThatIsOver_leavesRoom() {
    cluster.options(it -> it.maxPods(1));
    cluster.start();
    cluster.api.create(NodeCluster.pod("job", "job", "Never"));
    cluster.untilPhase("job", "Succeeded");
    cluster.bind("next", "web");
    cluster.untilPhase("next", "Running");
  }

  @Test
  void moreProcessorsThanAreLeft_isOutOfcpu() {
    cluster.start();
    cluster.api.create(asking("first", "12", "1Gi"));
    cluster.untilPhase("first", "Running");
    cluster.api.create(asking("second", "4500m", "1Gi"));
    assertRejected(
        "second",
        "OutOfcpu",
        "Node didn't have enough resource: cpu, requested: 4500, used: 12000, capacity: 16000");
    cluster.api.create(asking("third", "4", "1Gi"));
    cluster.untilPhase("third", "Running");
  }

  @Test
  void moreMemoryThanThereIs_isOutOfmemory() {
    cluster.start();
    cluster.api.create(asking("large", "1", "65Gi"));
    assertRejected(
        "large",
        "OutOfmemory",
        "Node didn't have enough resource: memory, requested: "
            + (65L << 30)
            + ", used: 0, capacity: "
            + (64L << 30));
  }

  @Test
  void moreStorageThanIsLeft_isOutOfephemeralStorage() {
    cluster.start();
    long capacity =
        Long.parseLong(
            cluster.node().getStatus().getAllocatable().get("ephemeral-storage").getAmount());
    assertThat(capacity).isEqualTo(8L << 30);
    cluster.api.create(asking("first", Map.of("ephemeral-storage", new Quantity("5Gi"))));
    cluster.untilPhase("first", "Running");
    cluster.api.create(asking("second", Map.of("ephemeral-storage", new Quantity("4Gi"))));
    assertRejected(
        "second",
        "OutOfephemeral-storage",
        "Node didn't have enough resource: ephemeral-storage, requested: "
            + (4L << 30)
            + ", used: "
            + (5L << 30)
            + ", capacity: "
            + capacity);
    cluster.api.create(asking("third", Map.of("ephemeral-storage", new Quantity("3Gi"))));
    cluster.untilPhase("third", "Running");
  }

  @Test
  void whoPrepares_asksForAsMuchAsWhoRunsLater_andHelpersForMore() {
    cluster.start();
    Pod pod = asking("helped", "8", "1Gi");
    Container main = pod.getSpec().getContainers().get(0);
    Container helper =
        new ContainerBuilder(asking("x", "8500m", "1Gi").getSpec().getContainers().get(0))
            .withName("helper")
            .withRestartPolicy("Always")
            .build();
    cluster.api.create(withInits(pod, helper));
    assertRejected(
        "helped",
        "OutOfcpu",
        "Node didn't have enough resource: cpu, requested: 16500, used: 0, capacity: 16000");

    Container init =
        new ContainerBuilder(main).withName("init").withImage("registry.test/job:1").build();
    cluster.api.create(withInits(asking("prepared", "16", "1Gi"), init));
    cluster.untilPhase("prepared", "Running");
  }

  private static Pod withInits(Pod pod, Container... inits) {
    return new PodBuilder(pod).editSpec().withInitContainers(inits).endSpec().build();
  }

  @Test
  void ofPodsThatComeAtOnce_asManyRunAsThereIsRoomFor() {
    cluster.start();
    for (int i = 0; i < 24; i++) {
      cluster.api.create(asking("pod-" + i, "1", "1Mi"));
    }
    cluster.until(() -> phases("Running") + phases("Failed") == 24);
    assertThat(phases("Running")).isEqualTo(16);
  }

  private long phases(String phase) {
    return cluster.api.all("pods", Pod.class).stream()
        .filter(it -> cluster.phase(it.getMetadata().getName()).equals(phase))
        .count();
  }

  @Test
  void aProgramThatBeginsAnew_keepsWhatRuns_andCountsIt() {
    cluster.start();
    cluster.api.create(asking("first", "12", "1Gi"));
    cluster.untilPhase("first", "Running");
    cluster.stop();
    for (String name : List.of("a", "b", "c")) {
      cluster.api.create(asking(name, "5", "1Gi"));
    }
    cluster.restart();
    for (String name : List.of("a", "b", "c")) {
      assertRejected(
          name,
          "OutOfcpu",
          "Node didn't have enough resource: cpu, requested: 5000, used: 12000, capacity: 16000");
    }
    assertThat(cluster.phase("first")).isEqualTo("Running");
  }
}
