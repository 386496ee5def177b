package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.kubernetes.kubelet.KubeletPods;
import java.util.Optional;

/** What the kubelet's API tells of a node's pods. */
final class NodeKubelet implements KubeletPods {
  private final ClusterPods cluster;
  private final PodLifecycle pods;

  NodeKubelet(ClusterPods cluster, PodLifecycle pods) {
    this.cluster = cluster;
    this.pods = pods;
  }

  @Override
  public String podList() {
    return cluster.json();
  }

  @Override
  public Optional<LogOptions> run(PodKey pod, String container, boolean previous) {
    ContainerStatus status = pods.status(pod).container(container);
    return previous ? status.previousLog() : status.log();
  }

  @Override
  public boolean stdinOnce(PodKey pod, String container) {
    return cluster
        .known(pod)
        .map(Pod::getSpec)
        .flatMap(
            spec ->
                spec.getContainers().stream()
                    .filter(it -> it.getName().equals(container))
                    .findFirst())
        .map(Container::getStdinOnce)
        .orElse(false);
  }
}
