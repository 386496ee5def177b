package io.vic4j.pod;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVmStatus;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionStatus;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A VM as a pod: a pure function, for nothing else is known of a pod than what is kept with its VM.
 */
final class PodView {
  private final String vmId;
  private final PodSpec spec;
  private final String uid;
  private final Instant created;
  private final Map<String, String> labels;

  private PodView(
      String vmId, PodSpec spec, String uid, Instant created, Map<String, String> labels) {
    this.vmId = vmId;
    this.spec = spec;
    this.uid = uid;
    this.created = created;
    this.labels = labels;
  }

  static boolean isPod(ContainerVm vm) {
    return vm.spec().labels().containsKey(Labels.POD_SPEC);
  }

  /**
   * What is kept with a pod's VM.
   *
   * @throws CorruptException if it is damaged
   */
  static PodView of(ContainerVm vm) {
    Map<String, String> labels = vm.spec().labels();
    try {
      return new PodView(
          vm.id(),
          PodJson.read(label(labels, Labels.POD_SPEC)),
          label(labels, Labels.POD_UID),
          Instant.parse(label(labels, Labels.POD_CREATED)),
          labels);
    } catch (DateTimeParseException e) {
      throw new CorruptException("VM '" + vm.name() + "' does not say when its pod was made", e);
    }
  }

  private static String label(Map<String, String> labels, String key) {
    String value = labels.get(key);
    if (value == null) {
      throw new CorruptException("a pod's VM has no label " + key, null);
    }
    return value;
  }

  /** The pod, when its VM was just made: so there is no need to ask, which might fail. */
  Pod created() {
    return pod(
        new ContainerVmStatus(
            ContainerVmState.CREATED, List.of(), List.of(), Optional.empty(), false));
  }

  /** The pod, when its VM is so. */
  Pod pod(ContainerVmStatus vm) {
    List<ContainerStatus> containers = new ArrayList<>();
    for (ContainerSpec container : spec.containers()) {
      containers.add(container(container, vm));
    }
    PodPhase phase = phase(vm.state(), containers);
    Optional<Problem> problem = problem(vm);
    return new Pod(
        uid,
        spec,
        created,
        vmId,
        new PodStatus(
            phase,
            problem.map(Problem::reason).orElse(""),
            problem.map(Problem::message).orElse(""),
            containers,
            vm.addresses(),
            vm.bootTime()));
  }

  private static PodPhase phase(ContainerVmState vm, List<ContainerStatus> containers) {
    return switch (vm) {
      case CREATED, STARTING -> PodPhase.PENDING;
      case SUSPENDED, UNKNOWN -> PodPhase.UNKNOWN;
      case RUNNING, STOPPING, STOPPED, REMOVED -> phase(containers);
    };
  }

  /** Kubernetes, "Pod phase". */
  private static PodPhase phase(List<ContainerStatus> containers) {
    boolean allOver =
        containers.stream().allMatch(it -> it.state() instanceof ContainerState.Terminated);
    if (allOver) {
      boolean allWell =
          containers.stream()
              .flatMap(it -> it.state().exitStatus().stream())
              .allMatch(ExitStatus::isSuccess);
      return allWell ? PodPhase.SUCCEEDED : PodPhase.FAILED;
    }
    boolean anyBegan =
        containers.stream()
            .anyMatch(
                it ->
                    !(it.state() instanceof ContainerState.Waiting)
                        || it.lastTermination().isPresent());
    return anyBegan ? PodPhase.RUNNING : PodPhase.PENDING;
  }

  private record Problem(String reason, String message) {}

  private static Optional<Problem> problem(ContainerVmStatus vm) {
    return switch (vm.state()) {
      case SUSPENDED ->
          Optional.of(
              new Problem("Suspended", "the hypervisor has halted the VM; start resumes it"));
      case UNKNOWN ->
          Optional.of(new Problem("NodeLost", "the hypervisor has lost sight of the VM"));
      case STOPPED ->
          vm.sessions().stream()
              .flatMap(session -> session.exit().stream())
              .filter(ExitStatus.Unknown.class::isInstance)
              .findFirst()
              .map(exit -> new Problem("PoweredOff", ((ExitStatus.Unknown) exit).reason()));
      default -> Optional.empty();
    };
  }

  private ContainerStatus container(ContainerSpec container, ContainerVmStatus vm) {
    String name = container.name().orElseThrow();
    SessionStatus session =
        vm.sessions().stream()
            .filter(it -> it.name().equals(name))
            .findFirst()
            .orElseGet(() -> SessionStatus.waiting(name));
    RestartPolicy policy = container.restartPolicy().orElse(spec.restartPolicy());
    ContainerState.@Nullable Terminated terminated =
        session.exit().map(exit -> terminated(session, exit)).orElse(null);
    ContainerState state;
    Optional<ContainerState.Terminated> last = Optional.empty();
    if (terminated == null) {
      state =
          session
              .started()
              .<ContainerState>map(ContainerState.Running::new)
              .orElseGet(() -> new ContainerState.Waiting("ContainerCreating", session.message()));
    } else if (vm.state() == ContainerVmState.RUNNING && policy.restarts(terminated.exit())) {
      state = new ContainerState.Waiting("CrashLoopBackOff", session.message());
      last = Optional.of(terminated);
    } else {
      state = terminated;
    }
    return new ContainerStatus(
        name,
        container.image(),
        Digest.parse(label(labels, Labels.IMAGE_ID + name)),
        state,
        last,
        session.restarts(),
        session.health().filter(it -> state instanceof ContainerState.Running));
  }

  private static ContainerState.Terminated terminated(SessionStatus session, ExitStatus exit) {
    String reason;
    if (exit instanceof ExitStatus.Unknown) {
      reason = "ContainerStatusUnknown";
    } else if (session.started().isEmpty()) {
      reason = "StartError";
    } else {
      reason = exit.isSuccess() ? "Completed" : "Error";
    }
    return new ContainerState.Terminated(
        exit, reason, session.message(), session.started(), session.ended());
  }
}
