package io.vic4j.testkit;

import io.vic4j.pod.ContainerState;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.kubernetes.PodEvent;
import io.vic4j.pod.kubernetes.PodEvents;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a pod, for tests to look at and for people to read. Another pod of the same name
 * begins a new story. Thread-safe.
 */
final class PodStory {
  private final List<String> lines = new ArrayList<>();
  private final List<PodPhase> phases = new ArrayList<>();
  private final List<PodEvent> events = new ArrayList<>();
  private final Map<String, String> told = new HashMap<>();
  private @Nullable Pod last;
  private Instant begin = Instant.EPOCH;

  synchronized void changed(Instant now, Pod pod) {
    @Nullable Pod before = last;
    if (before == null || !before.uid().equals(pod.uid())) {
      lines.clear();
      phases.clear();
      events.clear();
      told.clear();
      begin = now;
      before = null;
    }
    last = pod;
    if (phases.isEmpty() || phases.get(phases.size() - 1) != pod.phase()) {
      phases.add(pod.phase());
    }
    tellStates(now, pod.status());
    if (before != null) {
      for (PodEvent event : PodEvents.between(before.status(), pod.status())) {
        events.add(event);
        String kind = event.warning() ? "warning " : "event ";
        tell(now, "  " + kind + event.reason() + ": " + event.message());
      }
    }
  }

  private void tellStates(Instant now, PodStatus status) {
    List<String> news = new ArrayList<>();
    String phase = status.phase() + (status.reason().isEmpty() ? "" : ", " + status.reason());
    if (!phase.equals(told.put("", phase))) {
      news.add(phase);
    }
    Stream.concat(status.initContainers().stream(), status.containers().stream())
        .forEach(
            container -> {
              String words = words(container);
              if (!words.equals(told.put(container.name(), words))) {
                news.add(container.name() + " " + words);
              }
            });
    if (!news.isEmpty()) {
      tell(now, String.join("; ", news));
    }
  }

  /** How a container is, for people. */
  static String words(ContainerStatus container) {
    StringBuilder words = new StringBuilder();
    ContainerState state = container.state();
    if (state instanceof ContainerState.Waiting waiting) {
      words.append("waits: ").append(waiting.reason());
      container
          .lastTermination()
          .ifPresent(ended -> words.append(" after it ").append(ended.exit()));
    } else if (state instanceof ContainerState.Terminated ended) {
      words.append("is over: ").append(ended.reason()).append(", ").append(ended.exit());
    } else {
      words.append("runs, ").append(container.ready() ? "ready" : "not ready");
    }
    if (container.restarts() > 0) {
      words.append(", restarted ").append(container.restarts()).append(" times");
    }
    return words.toString();
  }

  synchronized void removed(Instant now) {
    tell(now, "removed");
  }

  private void tell(Instant now, String line) {
    String since = Duration.between(begin, now).toString().substring(2).toLowerCase(Locale.ROOT);
    lines.add(String.format("%10s  %s", "+" + since, line));
  }

  synchronized List<PodPhase> phases() {
    return List.copyOf(phases);
  }

  synchronized List<PodEvent> events() {
    return List.copyOf(events);
  }

  /** Lines, each ended; empty if nothing was seen. */
  synchronized String text() {
    return lines.isEmpty() ? "" : "its story, by the clock:\n" + String.join("\n", lines) + "\n";
  }
}
