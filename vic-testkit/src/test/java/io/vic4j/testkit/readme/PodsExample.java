package io.vic4j.testkit.readme;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import java.time.Duration;
import java.util.List;

final class PodsExample {
  private PodsExample() {}

  // README begins
  static PodStatus runJob(VirtualContainerHost host, String yaml) {
    PodSpec spec = KubernetesPods.parse(yaml); // or all that cannot be, each by its path
    PodLifecycle pods = host.pods();
    pods.create(spec);
    pods.start(spec.key());
    PodStatus end = pods.awaitEnd(spec.key(), Duration.ofHours(1));
    pods.delete(spec.key());
    return end;
  }

  static KubernetesNode join(KubernetesClient cluster, VirtualContainerHost host) {
    return KubernetesNode.builder(cluster, host, "vic-1")
        .clusterDns(List.of("10.96.0.10"), "cluster.local")
        .start(); // registers the node, and runs what the cluster binds to it, until closed
  }
  // README ends
}
