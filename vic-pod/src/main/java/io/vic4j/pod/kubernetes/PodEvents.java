package io.vic4j.pod.kubernetes;

import io.vic4j.pod.ContainerState;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.PodStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What there is to tell when a pod has changed, in the kubelet's words: a pure function, for front
 * ends that {@linkplain io.vic4j.pod.PodLifecycle#watch watch} pods.
 */
public final class PodEvents {
  private PodEvents() {}

  /**
   * What has happened between two statuses of one pod: containers that began, wait to begin again,
   * could not begin, or complain, each container in its order; then the pod's end, if it has a
   * reason. Empty if nothing has.
   */
  public static List<PodEvent> between(PodStatus before, PodStatus after) {
    List<PodEvent> events = new ArrayList<>();
    between(before.initContainers(), after.initContainers(), true, events);
    between(before.containers(), after.containers(), false, events);
    if (!after.reason().equals(before.reason()) && after.phase().isTerminal()) {
      if (!after.reason().isEmpty()) {
        events.add(new PodEvent(true, after.reason(), after.message(), ""));
      }
    }
    return events;
  }

  private static void between(
      List<ContainerStatus> before,
      List<ContainerStatus> after,
      boolean init,
      List<PodEvent> events) {
    for (ContainerStatus now : after) {
      Optional<ContainerStatus> last =
          before.stream().filter(it -> it.name().equals(now.name())).findFirst();
      last.ifPresent(it -> between(it, now, init, events));
    }
  }

  private static void between(
      ContainerStatus before, ContainerStatus now, boolean init, List<PodEvent> events) {
    String name = now.name();
    if (begins(now) > begins(before)) {
      events.add(PodEvent.of("Started", "Started container " + name, name, init));
    }
    if (now.state() instanceof ContainerState.Waiting waiting
        && waiting.reason().equals("CrashLoopBackOff")
        && !now.state().equals(before.state())) {
      events.add(
          PodEvent.warning("BackOff", "Back-off restarting failed container " + name, name, init));
    }
    if (now.state() instanceof ContainerState.Terminated ended
        && ended.reason().equals("StartError")
        && !now.state().equals(before.state())) {
      events.add(PodEvent.warning("Failed", "Error: " + ended.message(), name, init));
    }
    if (!now.trouble().isEmpty() && !now.trouble().equals(before.trouble())) {
      events.add(PodEvent.warning("Unhealthy", now.trouble(), name, init));
    }
  }

  /** How often it began, as far as one can see. */
  private static int begins(ContainerStatus status) {
    boolean began =
        status.state() instanceof ContainerState.Running
            || (status.state() instanceof ContainerState.Terminated ended
                && ended.started().isPresent());
    return status.restarts() + (began ? 1 : 0);
  }
}
