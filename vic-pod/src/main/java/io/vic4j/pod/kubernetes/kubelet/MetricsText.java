package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.vm.GuestStats;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * Metrics as text.
 *
 * <p>Source: Prometheus, "Exposition formats", version 0.0.4; the names of metrics are those of the
 * kubelet's {@code /metrics/resource} ({@code pkg/kubelet/metrics/collectors}).
 */
final class MetricsText {
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();

  private MetricsText() {}

  /** What a metrics-server reads. */
  static String resources(NodeUsage.Sample sample) {
    MetricsText metrics = new MetricsText();
    long now = sample.time().toEpochMilli();
    metrics.head("container_cpu_usage_seconds_total", "counter", "Processor time of a container");
    metrics.containers(
        sample, (use, it) -> seconds(it.cpuTime()), "container_cpu_usage_seconds_total", now);
    metrics.head("container_memory_working_set_bytes", "gauge", "Memory of a container");
    metrics.containers(
        sample,
        (use, it) -> Long.toString(it.memoryBytes()),
        "container_memory_working_set_bytes",
        now);
    metrics.head("container_start_time_seconds", "gauge", "Start of a container, in Unix time");
    metrics.containers(
        sample,
        (use, it) -> use.started(it.name()).map(MetricsText::seconds).orElse(""),
        "container_start_time_seconds",
        -1);
    metrics.head("node_cpu_usage_seconds_total", "counter", "Processor time of all pods");
    metrics.line("node_cpu_usage_seconds_total", "", seconds(sample.cpuTime()), now);
    metrics.head("node_memory_working_set_bytes", "gauge", "Memory of all pods");
    metrics.line("node_memory_working_set_bytes", "", Long.toString(sample.memoryBytes()), now);
    metrics.head("pod_cpu_usage_seconds_total", "counter", "Processor time of a pod");
    for (NodeUsage.PodUse use : sample.pods()) {
      metrics.line("pod_cpu_usage_seconds_total", labels(use), seconds(use.cpuTime()), now);
    }
    metrics.head("pod_memory_working_set_bytes", "gauge", "Memory of a pod");
    for (NodeUsage.PodUse use : sample.pods()) {
      metrics.line(
          "pod_memory_working_set_bytes", labels(use), Long.toString(use.memoryBytes()), now);
    }
    metrics.head("resource_scrape_error", "gauge", "1 if some pod did not tell, otherwise 0");
    metrics.line("resource_scrape_error", "", sample.failed() > 0 ? "1" : "0", -1);
    return metrics.text.toString();
  }

  /** What the server tells of itself. */
  static String server(long runningPods, long runningContainers, int openStreams) {
    MetricsText metrics = new MetricsText();
    metrics.head("kubelet_running_pods", "gauge", "Pods whose VM is on");
    metrics.line("kubelet_running_pods", "", Long.toString(runningPods), -1);
    metrics.head("kubelet_running_containers", "gauge", "Containers by state");
    metrics.line(
        "kubelet_running_containers",
        "container_state=\"running\"",
        Long.toString(runningContainers),
        -1);
    metrics.head("vic_kubelet_open_streams", "gauge", "Streams that clients have open");
    metrics.line("vic_kubelet_open_streams", "", Integer.toString(openStreams), -1);
    return metrics.text.toString();
  }

  private interface Value {
    /** Empty if there is none. */
    String of(NodeUsage.PodUse use, GuestStats.Session container);
  }

  private void containers(NodeUsage.Sample sample, Value value, String name, long now) {
    for (NodeUsage.PodUse use : sample.pods()) {
      for (GuestStats.Session container : use.stats().sessions()) {
        String text = value.of(use, container);
        if (!text.isEmpty()) {
          line(name, "container=\"" + container.name() + "\"," + labels(use), text, now);
        }
      }
    }
  }

  /** Names of pods and containers hold nothing that had to be escaped. */
  private static String labels(NodeUsage.PodUse use) {
    return "namespace=\""
        + use.pod().key().namespace()
        + "\",pod=\""
        + use.pod().key().name()
        + "\"";
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%d.%09d", time.getSeconds(), time.getNano());
  }

  private static String seconds(Instant time) {
    return String.format(Locale.ROOT, "%d.%09d", time.getEpochSecond(), time.getNano());
  }

  private void head(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void line(String name, String labels, String value, long millis) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(value);
    if (millis >= 0) {
      text.append(' ').append(millis);
    }
    text.append('\n');
  }
}
