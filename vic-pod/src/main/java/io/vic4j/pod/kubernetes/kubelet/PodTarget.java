package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;

/**
 * The pod, and maybe the container in it, that a request is about.
 *
 * @param pod the pod as it is now
 * @param container its container's name; empty if the request is about the pod
 */
record PodTarget(Pod pod, String container) {
  /**
   * Finds a pod.
   *
   * @param uid its UID, if the request has one; else empty
   * @throws HttpFailure if there is none
   */
  static PodTarget pod(PodLifecycle pods, String namespace, String name, String uid) {
    PodKey key;
    try {
      key = PodKey.of(namespace, name);
    } catch (InvalidArgumentException e) {
      throw HttpFailure.noPod(name); // No pod can be called so.
    }
    return pods.find(key)
        .filter(pod -> uid.isEmpty() || pod.uid().equals(uid))
        .map(pod -> new PodTarget(pod, ""))
        .orElseThrow(() -> HttpFailure.noPod(name));
  }

  /**
   * The container of this name in the same pod.
   *
   * @throws HttpFailure if there is none
   */
  PodTarget container(String name) {
    if (pod.status().containers().stream().noneMatch(it -> it.name().equals(name))) {
      throw HttpFailure.noContainer(name, pod.key().name());
    }
    return new PodTarget(pod, name);
  }

  PodKey key() {
    return pod.key();
  }

  ContainerStatus status() {
    return pod.status().container(container);
  }

  /** Whether the container has never begun. */
  boolean isNew() {
    ContainerStatus status = status();
    return status.state() instanceof ContainerState.Waiting
        && status.lastTermination().isEmpty()
        && status.restarts() == 0;
  }
}
