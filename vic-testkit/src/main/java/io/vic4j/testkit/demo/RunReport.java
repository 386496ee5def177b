package io.vic4j.testkit.demo;

import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.image.PullResult.PulledLayer;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.PodStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the life of the demo's pod came to, for people and for programs.
 *
 * @param pull what the pull came to
 * @param machine the VM that it was
 * @param running how the pod was when it had started
 * @param logs what its container had printed by then
 * @param stopped how it was when it had been stopped
 * @param steps how long each step took
 */
record RunReport(
    PullReport pull,
    Machine machine,
    PodStatus running,
    List<LogEntry> logs,
    PodStatus stopped,
    Steps steps) {
  private static final String NOT_AWAITED =
      "the guest is not waited for; --wait SECONDS with --iso PATH waits for it";

  /**
   * A pod's VM.
   *
   * @param name what people call it
   * @param id its identifier
   * @param hypervisor what people call the hypervisor that it was on
   * @param guestAwaited whether its guest was waited for
   */
  record Machine(String name, String id, String hypervisor, boolean guestAwaited) {}

  void print(Console console) {
    pull.print(console);
    if (localDatastore().isEmpty()) {
      for (PulledLayer layer : pull.result().layers()) {
        console.out().println("disk      " + pull.place(layer.disk().path()));
      }
    }
    console.out().println();
    if (localDatastore().isEmpty()) {
      console.out().println("vm            " + machine.name() + " on " + machine.hypervisor());
      console.out().println("vm id         " + machine.id());
    }
    console.out().println("pod started   " + describe(running));
    if (!machine.guestAwaited()) {
      console.out().println("guest         " + NOT_AWAITED);
    }
    for (LogEntry entry : logs) {
      console
          .out()
          .println(
              "  " + entry.output().name().toLowerCase(Locale.ROOT) + " | " + entry.text().strip());
    }
    console.out().println("pod stopped   " + describe(stopped));
    console.out().println("pod deleted   with its scratch disk; layer disks stay");
    console.out().println();
    console
        .out()
        .println(
            "time          "
                + steps.taken().entrySet().stream()
                    .map(step -> step.getKey() + " " + Steps.seconds(step.getValue()))
                    .collect(Collectors.joining(", ")));
    localDatastore().ifPresent(local -> printHint(console, local));
  }

  private Optional<LocalDatastore> localDatastore() {
    return pull.datastore() instanceof LocalDatastore local ? Optional.of(local) : Optional.empty();
  }

  private void printHint(Console console, LocalDatastore local) {
    pull.result().layers().stream()
        .filter(layer -> layer.disk().entries() > 0)
        .findFirst()
        .map(layer -> local.localPath(layer.disk().extentPath()))
        .ifPresent(file -> console.out().println("look inside   debugfs -R 'ls -l /' " + file));
  }

  private static String describe(PodStatus status) {
    return status.phase()
        + status.containers().stream()
            .map(container -> ", " + container.name() + " " + describe(container.state()))
            .collect(Collectors.joining());
  }

  private static String describe(ContainerState state) {
    if (state instanceof ContainerState.Running) {
      return "running";
    }
    if (state instanceof ContainerState.Terminated terminated) {
      return terminated.exit().toString();
    }
    return "waiting";
  }

  Map<String, Object> json() {
    Map<String, Object> times = new LinkedHashMap<>();
    steps.taken().forEach((step, taken) -> times.put(step, taken.toNanos() / 1e6));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("pull", pull.json());
    if (localDatastore().isEmpty()) {
      json.put("vm", machine.name());
      json.put("vmId", machine.id());
      json.put("guestAwaited", machine.guestAwaited());
    }
    json.put("started", describe(running));
    json.put("logs", logs.stream().map(LogEntry::text).toList());
    json.put("stopped", describe(stopped));
    json.put("store", pull.datastore().name());
    json.put("milliseconds", times);
    return json;
  }
}
