package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.vm.LogOptions;
import io.vic4j.pod.PodKey;
import java.util.Optional;

/**
 * What the kubelet's API tells of pods that {@link io.vic4j.pod.PodLifecycle} alone does not know.
 * Called by many threads at once.
 */
@FunctionalInterface
public interface KubeletPods {
  /** The pods of this node, as JSON of a {@code PodList} of {@code v1}. */
  String podList();

  /**
   * Which part of a container's log is of one of its runs.
   *
   * @param previous whether the run before the present one is meant
   * @return the part: its position and times count; empty if there is no such run. Unless told
   *     otherwise, all of the log is of the present run, and there is none before
   */
  default Optional<LogOptions> run(PodKey pod, String container, boolean previous) {
    return previous ? Optional.empty() : Optional.of(LogOptions.ALL);
  }

  /**
   * Whether a container's standard input ends with the first client that attaches to it and ends
   * its own: {@code stdinOnce} of {@code v1.Container}. Unless told otherwise, it stays open.
   */
  default boolean stdinOnce(PodKey pod, String container) {
    return false;
  }
}
