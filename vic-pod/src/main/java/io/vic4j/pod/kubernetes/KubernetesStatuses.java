package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.vic4j.core.TimeSource;
import io.vic4j.core.VicException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Says how pods are in Kubernetes' words: makes v1 PodStatuses, as a kubelet does.
 *
 * <p>The status that a v1 Pod has already counts as the previous one: times of conditions that did
 * not change are kept, and so are its start time, its QoS class and the conditions that others set,
 * such as those of readiness gates. Statuses are new objects; the pods given are not changed.
 * Thread-safe.
 */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"}) // Its methods are to come.
public final class KubernetesStatuses {
  private final PodSources sources;
  private final TimeSource time;

  private KubernetesStatuses(PodSources sources, TimeSource time) {
    this.sources = sources;
    this.time = time;
  }

  /**
   * Statuses of pods on the node that these sources know.
   *
   * @param time when conditions change
   */
  public static KubernetesStatuses of(PodSources sources, TimeSource time) {
    return new KubernetesStatuses(sources, time);
  }

  /**
   * How a pod is that was created.
   *
   * @param asked the v1 Pod that it was made of, with its previous status
   * @param pod the pod, as it is now
   */
  public PodStatus status(Pod asked, io.vic4j.pod.Pod pod) {
    return status(asked, pod, container -> Optional.empty());
  }

  /**
   * How a pod is that was created.
   *
   * @param asked the v1 Pod that it was made of, with its previous status
   * @param pod the pod, as it is now
   * @param lastOutput the end of what a container has printed, by its name; asked for those that
   *     have failed and whose {@code terminationMessagePolicy} is {@code FallbackToLogsOnError}
   */
  public PodStatus status(
      Pod asked, io.vic4j.pod.Pod pod, Function<String, Optional<String>> lastOutput) {
    throw new UnsupportedOperationException();
  }

  /** How a pod is that is about to be created: its containers wait. */
  public PodStatus creating(Pod asked) {
    throw new UnsupportedOperationException();
  }

  /**
   * How a pod is that could not be created. It is {@code Pending}, and its containers wait for the
   * reason that a kubelet would give: {@code ErrImagePull}, {@code CreateContainerConfigError} and
   * so on; but one that can never be made as it is, because a field is not supported, is {@code
   * Failed}, as one that a kubelet does not admit.
   *
   * @param asked the v1 Pod
   * @param cause what {@link KubernetesPods#translate} or {@link io.vic4j.pod.PodLifecycle#create}
   *     threw
   * @param waiting whether it is waited until the next attempt: {@code ImagePullBackOff}
   */
  public PodStatus failed(Pod asked, VicException cause, boolean waiting) {
    throw new UnsupportedOperationException();
  }
}
