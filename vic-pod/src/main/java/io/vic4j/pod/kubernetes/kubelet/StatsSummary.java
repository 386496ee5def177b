package io.vic4j.pod.kubernetes.kubelet;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.vm.GuestStats;
import io.vic4j.pod.PodKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What pods use, as JSON. Remembers what was told the last time, to tell how fast processor time
 * goes. Thread-safe.
 *
 * <p>Source: Kubernetes, {@code k8s.io/kubelet/pkg/apis/stats/v1alpha1}, type {@code Summary}.
 */
final class StatsSummary {
  private record Count(Instant time, Duration cpuTime) {}

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String NODE = "node";

  private final String nodeName;
  private final Instant started;
  private Map<String, Count> before = new HashMap<>();

  StatsSummary(String nodeName, Instant started) {
    this.nodeName = nodeName;
    this.started = started;
  }

  /** A node's summary. */
  synchronized String of(NodeUsage.Sample sample) {
    Map<String, Count> now = new HashMap<>();
    Instant time = sample.time();
    ObjectNode summary = MAPPER.createObjectNode();
    ObjectNode node = summary.putObject(NODE);
    node.put("nodeName", nodeName).put("startTime", started.toString());
    cpu(node, NODE, time, sample.cpuTime(), now);
    memory(node, time, sample.memoryBytes());
    ArrayNode pods = summary.putArray("pods");
    for (NodeUsage.PodUse use : sample.pods()) {
      pod(pods.addObject(), use, time, now);
    }
    before = now;
    return summary.toString();
  }

  private void pod(ObjectNode json, NodeUsage.PodUse use, Instant time, Map<String, Count> now) {
    PodKey key = use.pod().key();
    String id = use.pod().uid();
    json.putObject("podRef")
        .put("name", key.name())
        .put("namespace", key.namespace())
        .put("uid", id);
    use.pod().status().started().ifPresent(start -> json.put("startTime", start.toString()));
    ArrayNode containers = json.putArray("containers");
    long processes = 0;
    for (GuestStats.Session session : use.stats().sessions()) {
      ObjectNode container = containers.addObject().put("name", session.name());
      use.started(session.name()).ifPresent(start -> container.put("startTime", start.toString()));
      cpu(container, id + "/" + session.name(), time, session.cpuTime(), now);
      memory(container, time, session.memoryBytes());
      processes += session.pids();
    }
    cpu(json, id, time, use.cpuTime(), now);
    ObjectNode memory = memory(json, time, use.memoryBytes());
    memory.put("availableBytes", use.stats().memoryAvailableBytes());
    network(json, use.stats(), time);
    json.putObject("process_stats").put("process_count", processes);
  }

  private void cpu(
      ObjectNode json, String id, Instant time, Duration used, Map<String, Count> now) {
    ObjectNode cpu = json.putObject("cpu").put("time", time.toString());
    cpu.put("usageCoreNanoSeconds", used.toNanos());
    Count last = before.get(id);
    now.put(id, new Count(time, used));
    if (last != null && last.time().isBefore(time) && last.cpuTime().compareTo(used) <= 0) {
      double seconds = Duration.between(last.time(), time).toNanos() / 1e9;
      cpu.put("usageNanoCores", (long) (used.minus(last.cpuTime()).toNanos() / seconds));
    }
  }

  private static ObjectNode memory(ObjectNode json, Instant time, long bytes) {
    return json.putObject("memory")
        .put("time", time.toString())
        .put("usageBytes", bytes)
        .put("workingSetBytes", bytes);
  }

  private static void network(ObjectNode json, GuestStats stats, Instant time) {
    if (stats.networks().isEmpty()) {
      return;
    }
    ObjectNode network = json.putObject("network").put("time", time.toString());
    adapter(network, stats.networks().get(0));
    ArrayNode all = network.putArray("interfaces");
    stats.networks().forEach(one -> adapter(all.addObject(), one));
  }

  private static void adapter(ObjectNode json, GuestStats.Network network) {
    json.put("name", network.name())
        .put("rxBytes", network.receivedBytes())
        .put("txBytes", network.sentBytes());
  }
}
