package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.vic4j.pod.PodLifecycle;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the node has what a pod asks for, beside the pods that it has admitted and that are not
 * over. Each pod is admitted or rejected once; those that have VMs were admitted, by whatever
 * program. Thread-safe.
 *
 * <p>Source: Kubernetes, {@code pkg/kubelet/lifecycle/predicate.go} for the reasons and messages,
 * {@code pkg/scheduler/framework/plugins/noderesources/fit.go} for what is compared, and in which
 * order.
 */
final class PodAdmission {
  /**
   * Why a pod is not admitted.
   *
   * @param reason in one word
   * @param message for people
   */
  record Rejection(String reason, String message) {}

  private final ClusterPods cluster;
  private final PodLifecycle pods;
  private final Supplier<Optional<Node>> node;
  private final Map<String, PodRequests> admitted = new HashMap<>(); // By UID.
  private boolean begun;

  /**
   * No pods looked at yet.
   *
   * @param node with its allocatable resources; empty until it is registered
   */
  PodAdmission(ClusterPods cluster, PodLifecycle pods, Supplier<Optional<Node>> node) {
    this.cluster = cluster;
    this.pods = pods;
    this.node = node;
  }

  /** Whether it is known what the node has. */
  boolean isReady() {
    return node.get().isPresent();
  }

  /** Admits a pod, or says why not. One that is admitted stays so until it is over. */
  synchronized Optional<Rejection> admit(Pod asked) {
    Map<String, Pod> alive = new HashMap<>();
    for (Pod pod : cluster.known()) {
      if (!StatusWriter.isOver(pod.getStatus())) {
        alive.put(pod.getMetadata().getUid(), pod);
      }
    }
    if (!begun) {
      for (io.vic4j.pod.Pod pod : pods.list()) {
        Optional.ofNullable(alive.get(pod.uid()))
            .ifPresent(it -> admitted.put(pod.uid(), PodRequests.of(it)));
      }
      begun = true; // Not if the hypervisor did not answer.
    }
    admitted.keySet().retainAll(alive.keySet());
    String uid = asked.getMetadata().getUid();
    if (admitted.containsKey(uid)) {
      return Optional.empty();
    }
    PodRequests wanted = PodRequests.of(asked);
    Optional<Rejection> rejection = node.get().flatMap(it -> shortage(wanted, it));
    if (rejection.isEmpty()) {
      admitted.put(uid, wanted);
    }
    return rejection;
  }

  private Optional<Rejection> shortage(PodRequests wanted, Node has) {
    Map<String, Quantity> allocatable =
        has.getStatus() == null ? Map.of() : has.getStatus().getAllocatable();
    PodRequests used = admitted.values().stream().reduce(PodRequests.NONE, PodRequests::plus);
    return shortage("pods", 1, admitted.size(), allocatable, 1)
        .or(
            () ->
                shortage(
                    "cpu", wanted.cpuMillis(), used.cpuMillis(), allocatable, PodRequests.MILLIS))
        .or(() -> shortage("memory", wanted.memoryBytes(), used.memoryBytes(), allocatable, 1))
        .or(
            () ->
                shortage(
                    "ephemeral-storage",
                    wanted.storageBytes(),
                    used.storageBytes(),
                    allocatable,
                    1));
  }

  private static Optional<Rejection> shortage(
      String resource, long wanted, long used, Map<String, Quantity> allocatable, int times) {
    @Nullable Quantity quantity = allocatable.get(resource);
    if (wanted == 0 || quantity == null) {
      return Optional.empty();
    }
    long capacity = PodRequests.units(quantity, times);
    return wanted <= capacity - used
        ? Optional.empty()
        : Optional.of(
            new Rejection(
                "OutOf" + resource,
                "Node didn't have enough resource: "
                    + resource
                    + ", requested: "
                    + wanted
                    + ", used: "
                    + used
                    + ", capacity: "
                    + capacity));
  }
}
