package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.vic4j.core.TimeSource;
import io.vic4j.core.VicException;
import io.vic4j.pod.PodPhase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Says how pods are in Kubernetes' words: makes v1 PodStatuses, as a kubelet does.
 *
 * <p>The status that a v1 Pod has already counts as the previous one: times of conditions that did
 * not change are kept, and so are its start time, its QoS class and the conditions that others set,
 * such as those of readiness gates. Statuses are new objects; the pods given are not changed.
 * Thread-safe.
 */
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
    PodSpec spec = spec(asked);
    io.vic4j.pod.PodStatus ours = pod.status();
    ContainerStatuses containers = new ContainerStatuses(spec, pod.vmId(), lastOutput);
    PodStatus status = begin(asked, pod.created());
    status.setPhase(phase(ours.phase()));
    status.setReason(ours.reason().isEmpty() ? null : ours.reason());
    status.setMessage(ours.message().isEmpty() ? null : ours.message());
    status.setContainerStatuses(containers.of(ours.containers()));
    status.setInitContainerStatuses(containers.of(ours.initContainers()));
    if (!ours.addresses().isEmpty()) {
      status.setPodIP(ours.addresses().get(0));
      status.setPodIPs(ours.addresses().stream().map(PodIP::new).toList());
    }
    return end(asked, status, ours.started().isPresent() && !ours.phase().isTerminal());
  }

  /** How a pod is that is about to be created: its containers wait. */
  public PodStatus creating(Pod asked) {
    return waiting(asked, List.of());
  }

  /**
   * How a pod is that could not be created. It is {@code Pending}, and its containers wait for the
   * reason that a kubelet would give: {@code ErrImagePull}, {@code CreateContainerConfigError} and
   * so on, or {@code ContainerCreating} where it is a volume whose source is missing; but one that
   * can never be made as it is, because a field is not supported, is {@code Failed}, as one that a
   * kubelet does not admit.
   *
   * @param asked the v1 Pod
   * @param cause what {@link KubernetesPods#translate} or {@link io.vic4j.pod.PodLifecycle#create}
   *     threw
   * @param waiting whether it is waited until the next attempt: {@code ImagePullBackOff} instead of
   *     {@code ErrImagePull}
   */
  public PodStatus failed(Pod asked, VicException cause, boolean waiting) {
    if (cause instanceof PodRefusedException refused
        && !refused.mayPass()
        && !CreationFailure.isAboutImages(refused)) {
      return rejected(asked, "PodRefused", cause.getMessage());
    }
    return waiting(asked, CreationFailure.of(spec(asked), cause, waiting));
  }

  /**
   * How a pod is that its node does not admit: {@code Failed}, and none of its containers was made.
   *
   * @param asked the v1 Pod
   * @param reason why, in one word: {@code OutOfcpu}
   * @param message why, for people
   */
  public PodStatus rejected(Pod asked, String reason, String message) {
    PodStatus status = begin(asked, time.instant());
    status.setPhase("Failed");
    status.setReason(reason);
    status.setMessage(message);
    return end(asked, status, false);
  }

  /**
   * How a pod is that was created, and whose VM could not be started: its containers wait, with
   * {@code RunContainerError}.
   *
   * @param asked the v1 Pod that it was made of, with its previous status
   * @param pod the pod, as it is now
   * @param cause what {@link io.vic4j.pod.PodLifecycle#start} threw
   */
  public PodStatus notStarted(Pod asked, io.vic4j.pod.Pod pod, VicException cause) {
    PodStatus status = status(asked, pod);
    Stream.concat(
            status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
        .map(ContainerStatus::getState)
        .filter(it -> it.getWaiting() != null)
        .forEach(
            it ->
                it.setWaiting(new ContainerStateWaiting(cause.getMessage(), "RunContainerError")));
    return status;
  }

  private PodStatus waiting(Pod asked, List<CreationFailure> failures) {
    PodSpec spec = spec(asked);
    PodStatus status = begin(asked, time.instant());
    status.setPhase("Pending");
    boolean prepares = !Given.list(spec.getInitContainers()).isEmpty();
    List<ContainerStatus> inits = new ArrayList<>();
    Given.list(spec.getInitContainers())
        .forEach(it -> inits.add(CreationFailure.waiting(it, prepares, failures)));
    List<ContainerStatus> containers = new ArrayList<>();
    Given.list(spec.getContainers())
        .forEach(it -> containers.add(CreationFailure.waiting(it, prepares, failures)));
    status.setInitContainerStatuses(inits);
    status.setContainerStatuses(containers);
    return end(asked, status, false);
  }

  private static PodSpec spec(Pod asked) {
    return Given.orElse(asked.getSpec(), new PodSpec());
  }

  private static PodStatus previous(Pod asked) {
    return Given.orElse(asked.getStatus(), new PodStatus());
  }

  /** What does not depend on how the pod is. */
  private PodStatus begin(Pod asked, Instant created) {
    PodStatus previous = previous(asked);
    PodStatus status = new PodStatus();
    status.setStartTime(Given.text(previous.getStartTime(), text(created)));
    status.setQosClass(Given.text(previous.getQosClass(), QosClass.of(spec(asked))));
    status.setNominatedNodeName(previous.getNominatedNodeName());
    if (asked.getMetadata() != null) {
      status.setObservedGeneration(asked.getMetadata().getGeneration());
    }
    List<String> addresses = sources.node().map(PodSources.Node::addresses).orElse(List.of());
    if (!addresses.isEmpty()) {
      status.setHostIP(addresses.get(0));
      status.setHostIPs(addresses.stream().map(HostIP::new).toList());
    }
    return status;
  }

  private PodStatus end(Pod asked, PodStatus status, boolean vmRuns) {
    status.setConditions(
        new PodConditions(
                spec(asked), status, previous(asked).getConditions(), vmRuns, text(time.instant()))
            .all());
    return status;
  }

  /** As Kubernetes writes times: whole seconds. */
  static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String phase(PodPhase phase) {
    return switch (phase) {
      case PENDING -> "Pending";
      case RUNNING -> "Running";
      case SUCCEEDED -> "Succeeded";
      case FAILED -> "Failed";
      case UNKNOWN -> "Unknown";
    };
  }
}
