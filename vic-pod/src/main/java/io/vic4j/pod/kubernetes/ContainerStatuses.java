package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateRunning;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.pod.ContainerState.Running;
import io.vic4j.pod.ContainerState.Terminated;
import io.vic4j.pod.ContainerState.Waiting;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** How the containers of one pod are, in Kubernetes' words. */
final class ContainerStatuses {
  /** What a kubelet says of an end of which nobody knows how it was. */
  private static final int UNKNOWN_EXIT = 137;

  /** How much of a container's output a kubelet takes for a message, in characters. */
  private static final int MAX_MESSAGE = 2048;

  private final String vmId;
  private final Function<String, Optional<String>> lastOutput;
  private final Set<String> talkative = new HashSet<>();

  ContainerStatuses(PodSpec spec, String vmId, Function<String, Optional<String>> lastOutput) {
    this.vmId = vmId;
    this.lastOutput = lastOutput;
    Stream.concat(
            Given.list(spec.getContainers()).stream(),
            Given.list(spec.getInitContainers()).stream())
        .filter(it -> "FallbackToLogsOnError".equals(it.getTerminationMessagePolicy()))
        .map(Container::getName)
        .forEach(talkative::add);
  }

  List<ContainerStatus> of(List<io.vic4j.pod.ContainerStatus> containers) {
    List<ContainerStatus> statuses = new ArrayList<>();
    containers.forEach(it -> statuses.add(of(it)));
    return statuses;
  }

  private ContainerStatus of(io.vic4j.pod.ContainerStatus ours) {
    ContainerStatus status = new ContainerStatus();
    status.setName(ours.name());
    status.setImage(ours.image());
    status.setImageID(ours.imagePin());
    status.setRestartCount(ours.restarts());
    status.setReady(ours.ready());
    status.setStarted(ours.up());
    status.setState(state(ours));
    boolean waits = ours.state() instanceof Waiting;
    // While it waits to begin again, its last run is the one that is over.
    int lastRun = Math.max(0, waits ? ours.restarts() : ours.restarts() - 1);
    status.setLastState(
        ours.lastTermination()
            .map(it -> terminated(ours.name(), it, lastRun))
            .orElseGet(ContainerState::new));
    if (!waits) {
      status.setContainerID(id(ours.name(), ours.restarts()));
    } else if (ours.lastTermination().isPresent()) {
      status.setContainerID(id(ours.name(), lastRun));
    }
    return status;
  }

  /** One for each run, as Kubernetes' users expect. */
  private String id(String container, int run) {
    return "vic4j://" + vmId + "/" + container + "/" + run;
  }

  private ContainerState state(io.vic4j.pod.ContainerStatus ours) {
    if (ours.state() instanceof Waiting waiting) {
      ContainerState state = new ContainerState();
      state.setWaiting(
          new ContainerStateWaiting(
              waiting.message().isEmpty() ? null : waiting.message(), waiting.reason()));
      return state;
    }
    if (ours.state() instanceof Running running) {
      ContainerState state = new ContainerState();
      state.setRunning(new ContainerStateRunning(KubernetesStatuses.text(running.started())));
      return state;
    }
    return terminated(ours.name(), (Terminated) ours.state(), ours.restarts());
  }

  private ContainerState terminated(String name, Terminated ours, int run) {
    ContainerStateTerminated over = new ContainerStateTerminated();
    over.setExitCode(ours.exit().shellCode().orElse(UNKNOWN_EXIT));
    if (ours.exit() instanceof ExitStatus.Signalled signalled) {
      over.setSignal(signalled.signal().number());
    }
    over.setReason(ours.reason());
    String message = ours.message();
    if (message.isEmpty() && !ours.exit().isSuccess() && talkative.contains(name)) {
      String output = lastOutput.apply(name).orElse("");
      message = output.substring(Math.max(0, output.length() - MAX_MESSAGE));
    }
    over.setMessage(message.isEmpty() ? null : message);
    ours.started().map(KubernetesStatuses::text).ifPresent(over::setStartedAt);
    ours.finished().map(KubernetesStatuses::text).ifPresent(over::setFinishedAt);
    over.setContainerID(id(name, run));
    ContainerState state = new ContainerState();
    state.setTerminated(over);
    return state;
  }
}
