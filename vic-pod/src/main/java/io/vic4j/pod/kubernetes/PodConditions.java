package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a pod, as a kubelet finds them.
 *
 * <p>Source: Kubernetes, "Pod Lifecycle", section "Pod conditions"; the reasons and messages are
 * those that a kubelet has.
 */
final class PodConditions {
  private final PodSpec spec;
  private final PodStatus status;
  private final Map<String, PodCondition> previous = new LinkedHashMap<>();
  private final boolean vmRuns;
  private final String now;

  /**
   * Conditions of a pod.
   *
   * @param status what is known of it so far: its phase and its containers
   * @param previous the conditions it had
   * @param vmRuns whether its VM is on
   * @param now the time now
   */
  PodConditions(
      PodSpec spec,
      PodStatus status,
      @Nullable List<PodCondition> previous,
      boolean vmRuns,
      String now) {
    this.spec = spec;
    this.status = status;
    Given.list(previous).forEach(it -> this.previous.put(it.getType(), it));
    this.vmRuns = vmRuns;
    this.now = now;
  }

  /**
   * Whether something is so, and why not.
   *
   * @param reason empty if it is
   */
  private record Finding(boolean is, String reason, String message) {
    static final Finding YES = new Finding(true, "", "");

    static Finding no(String reason, String message) {
      return new Finding(false, reason, message);
    }
  }

  List<PodCondition> all() {
    Finding containersReady = containersReady();
    List<PodCondition> own =
        List.of(
            condition("PodReadyToStartContainers", vmRuns ? Finding.YES : Finding.no("", "")),
            condition("Initialized", initialized()),
            condition("Ready", ready(containersReady)),
            condition("ContainersReady", containersReady),
            condition("PodScheduled", Finding.YES));
    List<PodCondition> all = new ArrayList<>(own);
    previous.values().stream()
        .filter(it -> own.stream().noneMatch(mine -> mine.getType().equals(it.getType())))
        .forEach(all::add);
    return all;
  }

  private PodCondition condition(String type, Finding finding) {
    PodCondition condition = new PodCondition();
    condition.setType(type);
    condition.setStatus(finding.is() ? "True" : "False");
    condition.setReason(finding.reason().isEmpty() ? null : finding.reason());
    condition.setMessage(finding.message().isEmpty() ? null : finding.message());
    condition.setObservedGeneration(status.getObservedGeneration());
    @Nullable PodCondition before = previous.get(type);
    if (before != null
        && condition.getStatus().equals(before.getStatus())
        && Given.has(before.getLastTransitionTime())) {
      condition.setLastTransitionTime(before.getLastTransitionTime());
    } else {
      condition.setLastTransitionTime(now);
    }
    return condition;
  }

  private Finding initialized() {
    List<Container> inits = Given.list(spec.getInitContainers());
    Map<String, ContainerStatus> statuses = byName(status.getInitContainerStatuses());
    if (Given.list(status.getContainerStatuses()).isEmpty()) {
      return Finding.no("UnknownContainerStatuses", "");
    }
    boolean begun =
        status.getContainerStatuses().stream()
            .anyMatch(
                it ->
                    it.getState().getRunning() != null
                        || it.getState().getTerminated() != null
                        || it.getLastState().getTerminated() != null);
    boolean finished = "Succeeded".equals(status.getPhase());
    if (finished) {
      return inits.isEmpty() ? Finding.YES : new Finding(true, "PodCompleted", "");
    }
    if (begun) {
      return Finding.YES;
    }
    List<String> incomplete = new ArrayList<>();
    for (Container init : inits) {
      ContainerStatus container = statuses.get(init.getName());
      boolean sidecar = "Always".equals(init.getRestartPolicy());
      if (container == null
          || !(sidecar
              ? Given.isTrue(container.getStarted())
              : Given.isTrue(container.getReady()))) {
        incomplete.add(init.getName());
      }
    }
    return incomplete.isEmpty()
        ? Finding.YES
        : Finding.no(
            "ContainersNotInitialized", "containers with incomplete status: " + list(incomplete));
  }

  private Finding containersReady() {
    Map<String, ContainerStatus> statuses = byName(status.getContainerStatuses());
    statuses.putAll(byName(status.getInitContainerStatuses()));
    if (Given.list(status.getContainerStatuses()).isEmpty()) {
      return Finding.no(
          "Failed".equals(status.getPhase()) ? "PodFailed" : "UnknownContainerStatuses", "");
    }
    if ("Succeeded".equals(status.getPhase())) {
      return Finding.no("PodCompleted", "");
    }
    if ("Failed".equals(status.getPhase())) {
      return Finding.no("PodFailed", "");
    }
    List<String> unready = new ArrayList<>();
    for (Container init : Given.list(spec.getInitContainers())) {
      if ("Always".equals(init.getRestartPolicy())) {
        addUnready(init, statuses, unready);
      }
    }
    Given.list(spec.getContainers()).forEach(it -> addUnready(it, statuses, unready));
    return unready.isEmpty()
        ? Finding.YES
        : Finding.no("ContainersNotReady", "containers with unready status: " + list(unready));
  }

  private static void addUnready(
      Container container, Map<String, ContainerStatus> statuses, List<String> unready) {
    ContainerStatus status = statuses.get(container.getName());
    if (status == null || !Given.isTrue(status.getReady())) {
      unready.add(container.getName());
    }
  }

  private Finding ready(Finding containersReady) {
    if (!containersReady.is()) {
      return containersReady;
    }
    List<String> unready = new ArrayList<>();
    for (PodReadinessGate gate : Given.list(spec.getReadinessGates())) {
      @Nullable PodCondition condition = previous.get(gate.getConditionType());
      if (condition == null) {
        unready.add(
            "corresponding condition of pod readiness gate \""
                + gate.getConditionType()
                + "\" does not exist.");
      } else if (!"True".equals(condition.getStatus())) {
        unready.add(
            "the status of pod readiness gate \""
                + gate.getConditionType()
                + "\" is not \"True\", but "
                + condition.getStatus());
      }
    }
    return unready.isEmpty()
        ? Finding.YES
        : Finding.no("ReadinessGatesNotReady", String.join(", ", unready));
  }

  /** As Go prints a list. */
  private static String list(List<String> names) {
    return "[" + String.join(" ", names) + "]";
  }

  private static Map<String, ContainerStatus> byName(@Nullable List<ContainerStatus> statuses) {
    Map<String, ContainerStatus> byName = new HashMap<>();
    Given.list(statuses).forEach(it -> byName.put(it.getName(), it));
    return byName;
  }
}
