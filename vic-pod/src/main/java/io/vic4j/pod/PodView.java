package io.vic4j.pod;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVmStatus;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.SessionRun;
import io.vic4j.core.vm.SessionStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  /** What is kept with a pod's VM, as its maker knows it without reading. */
  static PodView of(ContainerVm vm, PodSpec spec, String uid, Instant created) {
    return new PodView(vm.id(), spec, uid, created, vm.spec().labels());
  }

  PodSpec spec() {
    return spec;
  }

  /** Whether this is what is kept with the pod's VM now. */
  boolean isKeptWith(ContainerVm vm) {
    return labels.equals(vm.spec().labels());
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
    List<ContainerStatus> inits = new ArrayList<>();
    boolean prepared = true;
    for (ContainerSpec container : spec.initContainers()) {
      ContainerStatus status = container(container, vm, prepared);
      prepared &= status.ready() || isSidecarUp(container, status);
      inits.add(status);
    }
    List<ContainerStatus> containers = new ArrayList<>();
    for (ContainerSpec container : spec.containers()) {
      containers.add(container(container, vm, prepared));
    }
    Optional<Problem> problem = problem(vm, inits, containers);
    return new Pod(
        uid,
        spec,
        created,
        vmId,
        new PodStatus(
            phase(vm, containers),
            problem.map(Problem::reason).orElse(""),
            problem.map(Problem::message).orElse(""),
            containers,
            inits,
            vm.addresses(),
            vm.bootTime()));
  }

  private static boolean isSidecarUp(ContainerSpec container, ContainerStatus status) {
    return container.options().lifecycle().role() == SessionRole.SIDECAR && status.up();
  }

  /** Kubernetes, "Pod phase". */
  private PodPhase phase(ContainerVmStatus vm, List<ContainerStatus> containers) {
    return switch (vm.state()) {
      case CREATED, STARTING -> PodPhase.PENDING;
      case SUSPENDED, UNKNOWN -> PodPhase.UNKNOWN;
      case STOPPED, REMOVED -> ended(vm, containers);
      case RUNNING, STOPPING ->
          areOver(vm, containers)
              ? ended(vm, containers)
              : containers.stream().anyMatch(PodView::hasBegun)
                  ? PodPhase.RUNNING
                  : PodPhase.PENDING;
    };
  }

  private static boolean areOver(ContainerVmStatus vm, List<ContainerStatus> containers) {
    for (ContainerStatus container : containers) {
      if (container.state().exitStatus().isEmpty()
          || restartDelay(vm, session(vm, container.name())).isPresent()) {
        return false;
      }
    }
    return true;
  }

  private static PodPhase ended(ContainerVmStatus vm, List<ContainerStatus> containers) {
    boolean well =
        !vm.deadlineExceeded()
            && containers.stream()
                .allMatch(it -> it.state().exitStatus().filter(ExitStatus::isSuccess).isPresent());
    return well ? PodPhase.SUCCEEDED : PodPhase.FAILED;
  }

  private static boolean hasBegun(ContainerStatus status) {
    return !(status.state() instanceof ContainerState.Waiting)
        || status.lastTermination().isPresent();
  }

  private record Problem(String reason, String message) {}

  private static Optional<Problem> problem(
      ContainerVmStatus vm, List<ContainerStatus> inits, List<ContainerStatus> containers) {
    return switch (vm.state()) {
      case SUSPENDED ->
          Optional.of(
              new Problem("Suspended", "the hypervisor has halted the VM; start resumes it"));
      case UNKNOWN ->
          Optional.of(new Problem("NodeLost", "the hypervisor has lost sight of the VM"));
      case RUNNING, STOPPING, STOPPED ->
          vm.deadlineExceeded()
              ? Optional.of(
                  new Problem(
                      "DeadlineExceeded",
                      "Pod was active on the node longer than the specified deadline"))
              : poweredOff(inits).or(() -> poweredOff(containers));
      default -> Optional.empty();
    };
  }

  private static Optional<Problem> poweredOff(List<ContainerStatus> containers) {
    for (ContainerStatus container : containers) {
      if (container.state().exitStatus().orElse(null) instanceof ExitStatus.Unknown exit) {
        return Optional.of(new Problem("PoweredOff", exit.reason()));
      }
    }
    return Optional.empty();
  }

  /**
   * How a container is.
   *
   * @param prepared whether those that run before it are done or up
   */
  private ContainerStatus container(
      ContainerSpec container, ContainerVmStatus vm, boolean prepared) {
    String name = container.name().orElseThrow();
    SessionStatus session = session(vm, name);
    Optional<ContainerState.Terminated> terminated =
        session
            .exit()
            .filter(exit -> prepared || !neverBegan(session, exit))
            .map(
                exit ->
                    terminated(
                        new SessionRun(
                            session.started(),
                            session.ended(),
                            exit,
                            session.message(),
                            session.outOfMemory())));
    ContainerState state;
    Optional<ContainerState.Terminated> last = session.previous().map(PodView::terminated);
    if (terminated.isPresent()) {
      state = terminated.get();
      Optional<Duration> delay = restartDelay(vm, session).filter(it -> !it.isZero());
      if (delay.isPresent()) {
        state = new ContainerState.Waiting("CrashLoopBackOff", backOff(name, delay.get()));
        last = terminated;
      }
    } else if (session.isRunning()) {
      state = new ContainerState.Running(session.started().orElseThrow());
    } else {
      state =
          new ContainerState.Waiting(
              spec.initContainers().isEmpty() ? "ContainerCreating" : "PodInitializing",
              session.message());
    }
    boolean running = state instanceof ContainerState.Running;
    boolean done =
        container.options().lifecycle().role() == SessionRole.INIT
            && state.exitStatus().filter(ExitStatus::isSuccess).isPresent();
    String imageId = label(labels, Labels.IMAGE_ID + name);
    return new ContainerStatus(
        name,
        container.image(),
        Digest.parse(imageId),
        labels.getOrDefault(Labels.IMAGE_PIN + name, imageId),
        state,
        last,
        session.restarts(),
        session.health().filter(it -> running),
        running && session.up(),
        done || (running && session.ready()),
        session.trouble());
  }

  private static SessionStatus session(ContainerVmStatus vm, String name) {
    for (SessionStatus session : vm.sessions()) {
      if (session.name().equals(name)) {
        return session;
      }
    }
    return SessionStatus.waiting(name);
  }

  /** Whether nobody knows of an end, for there was no begin. */
  private static boolean neverBegan(SessionStatus session, ExitStatus exit) {
    return session.started().isEmpty() && exit instanceof ExitStatus.Unknown;
  }

  /** How long after its end a session begins again; empty if it does not. */
  private static Optional<Duration> restartDelay(ContainerVmStatus vm, SessionStatus session) {
    return vm.state() == ContainerVmState.RUNNING ? session.restartDelay() : Optional.empty();
  }

  /** As a kubelet words it. */
  private String backOff(String container, Duration delay) {
    long seconds = delay.toSeconds();
    return "back-off "
        + (seconds >= 60 ? seconds / 60 + "m" + seconds % 60 + "s" : seconds + "s")
        + " restarting failed container="
        + container
        + " pod="
        + spec.key().name()
        + "_"
        + spec.key().namespace()
        + "("
        + uid
        + ")";
  }

  private static ContainerState.Terminated terminated(SessionRun run) {
    String reason;
    if (run.exit() instanceof ExitStatus.Unknown) {
      reason = "ContainerStatusUnknown";
    } else if (run.started().isEmpty()) {
      reason = "StartError";
    } else if (run.outOfMemory()) {
      reason = "OOMKilled";
    } else {
      reason = run.exit().isSuccess() ? "Completed" : "Error";
    }
    return new ContainerState.Terminated(
        run.exit(), reason, run.message(), run.started(), run.ended());
  }
}
