package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What API servers do otherwise than a node would have it. */
@Timeout(60)
final class KubernetesNodeCustomsTest {
  private final NodeCluster cluster = new NodeCluster();
  private final AtomicInteger writes = new AtomicInteger();

  @AfterEach
  void close() {
    cluster.close();
  }

  private void count(String request) {
    cluster.api.faults(
        line -> {
          if (line.equals(request)) {
            writes.incrementAndGet();
          }
          return Optional.empty();
        });
  }

  /** It may not give them back: a kubelet's user must not change taints. */
  @Test
  void taintsThatAreTaken_areNotGivenBack() {
    count("PUT /api/v1/nodes/vic-1");
    cluster.start();
    Node bare = new NodeBuilder(cluster.node()).editSpec().withTaints().endSpec().build();
    Node unused = cluster.client.resource(bare).update();
    writes.set(0);
    cluster.restart();
    assertThat(cluster.node().getSpec().getTaints()).isEmpty();
    assertThat(writes).hasValue(0);
  }

  /** So it is said where a controller has changed them between reading and writing. */
  @Test
  void aStatusThatIsForbiddenForChangedTaints_isWrittenAnewAtOnce() {
    cluster.api.faults(
        line ->
            line.equals("PUT /api/v1/nodes/vic-1/status") && writes.incrementAndGet() == 1
                ? Optional.of(ApiServer.failure(403, "Forbidden"))
                : Optional.empty());
    try (KubernetesNode node =
        KubernetesNode.builder(cluster.client, cluster.host(), NodeCluster.NODE)
            .timeSource(cluster.clock)
            .start()) {
      NodeCluster.awaitNow(node::hasJoined); // No time passes to try again in.
    }
    assertThat(writes).hasValue(2);
  }

  @Test
  void aStatusOfWhichAnOlderServerDropsFields_isWrittenOnce() {
    cluster.options(it -> it.address("10.0.0.7"));
    cluster.api.drops("hostIPs", "observedGeneration");
    count("PUT /api/v1/namespaces/default/pods/web/status");
    cluster.start();
    cluster.bind("web", "web");
    cluster.untilPhase("web", "Running");
    label("first");
    int before = writes.get();
    assertThat(before).isPositive();
    for (int i = 0; i < 5; i++) {
      label("more-" + i);
    }
    assertThat(writes).hasValue(before);
  }

  /** Changes the pod, and waits until the node has seen it. */
  private void label(String value) {
    Pod marked =
        new PodBuilder(cluster.get("web"))
            .editMetadata()
            .addToLabels("mark", value)
            .endMetadata()
            .build();
    Pod unused = cluster.client.resource(marked).update();
    cluster.until(
        () ->
            value.equals(cluster.host().pods().get(PodKey.of("web")).spec().labels().get("mark")));
  }
}
