package io.vic4j.testkit.demo;

import io.vic4j.core.vm.LogEntry;
import io.vic4j.image.PullResult.PulledLayer;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.PodStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the life of the demo's pod came to, for people and for programs.
 *
 * @param pull what the pull came to
 * @param running how the pod was when it had started
 * @param logs what its container had printed by then
 * @param stopped how it was when it had been stopped
 * @param steps how long each step took
 */
record RunReport(
    PullReport pull, PodStatus running, List<LogEntry> logs, PodStatus stopped, Steps steps) {
  void print(Console console) {
    pull.print(console);
    console.out().println();
    console.out().println("pod started   " + describe(running));
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
    pull.result().layers().stream()
        .filter(layer -> layer.disk().entries() > 0)
        .findFirst()
        .ifPresent(layer -> console.out().println("look inside   " + debugfs(layer)));
  }

  private String debugfs(PulledLayer layer) {
    return "debugfs -R 'ls -l /' " + pull.datastore().localPath(layer.disk().extentPath());
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
    json.put("started", describe(running));
    json.put("logs", logs.stream().map(LogEntry::text).toList());
    json.put("stopped", describe(stopped));
    json.put("store", pull.datastore().name());
    json.put("milliseconds", times);
    return json;
  }
}
