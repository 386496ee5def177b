package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Node object of a node: registers it, and keeps its status true. Measured every 10 seconds,
 * written when it changed, or after 5 minutes, as the kubelet does (Kubernetes, "Nodes", section
 * "Heartbeats"). Labels and conditions of others stay. Taints are given when it is registered; then
 * they are the cluster's, which forbids nodes to change them ("NodeRestriction").
 *
 * <p>Updated by one thread; {@link #current} is for all.
 */
final class NodeObject {
  static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Logger log = LoggerFactory.getLogger(NodeObject.class);
  private static final Duration WRITE_AT_LEAST = Duration.ofMinutes(5);

  private final KubernetesClient client;
  private final NodeSettings settings;
  private final NodeProbe probe;
  private final NodeImages images;
  private final NodeStatuses statuses;
  private final EventRecorder events;
  private final InstantSource time;
  private boolean registeredNow;
  private @Nullable Instant written;
  private volatile @Nullable Node current;

  NodeObject(
      KubernetesClient client,
      NodeSettings settings,
      NodeProbe probe,
      NodeImages images,
      EventRecorder events,
      InstantSource time) {
    this.client = client;
    this.settings = settings;
    this.probe = probe;
    this.images = images;
    this.statuses = new NodeStatuses(settings);
    this.events = events;
    this.time = time;
  }

  /** The node as it was registered or written last; empty before. */
  Optional<Node> current() {
    return Optional.ofNullable(current);
  }

  /** Measures, and writes what has to be written. */
  void update() {
    NodeFacts facts = probe.measure();
    try {
      write(facts);
    } catch (KubernetesClientException e) {
      // Where somebody else has changed taints meanwhile, the API server does not get as far as to
      // find a conflict: writing the old ones is forbidden.
      if (!ApiErrors.isConflict(e) && !ApiErrors.isNotFound(e) && !ApiErrors.isForbidden(e)) {
        throw e;
      }
      log.debug("node {} was changed by somebody else", settings.name(), e);
      write(facts);
    }
  }

  private void write(NodeFacts facts) {
    @Nullable Node there = client.nodes().withName(settings.name()).get();
    Node node = there == null ? register(facts) : described(there);
    Instant now = time.instant();
    NodeStatus before = node.getStatus() == null ? new NodeStatus() : node.getStatus();
    NodeStatus status = statuses.status(before, facts, images.known(), now);
    @Nullable Instant last = written;
    if (last == null
        || !NodeStatuses.saySame(before, status)
        || !now.isBefore(last.plus(WRITE_AT_LEAST))) {
      node = client.resource(new NodeBuilder(node).withStatus(status).build()).updateStatus();
      written = now;
    }
    current = node;
    if (last == null) {
      events.normal(node, "Starting", "Starting kubelet.");
    }
    if (registeredNow || isReady(before) != facts.isReady()) {
      registeredNow = false;
      tellReadiness(node, facts);
    }
  }

  private static boolean isReady(NodeStatus status) {
    return status.getConditions().stream()
        .filter(it -> "Ready".equals(it.getType()))
        .map(NodeCondition::getStatus)
        .anyMatch("True"::equals);
  }

  private void tellReadiness(Node node, NodeFacts facts) {
    String reason = facts.isReady() ? "NodeReady" : "NodeNotReady";
    String why = facts.trouble().isEmpty() ? "" : ": " + facts.trouble();
    events.normal(node, reason, "Node " + settings.name() + " status is now: " + reason + why);
  }

  private Node register(NodeFacts facts) {
    Node node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(settings.name())
            .withLabels(settings.labels())
            .endMetadata()
            .withNewSpec()
            .withProviderID(settings.providerId().orElse(null))
            .withTaints(settings.taints())
            .endSpec()
            .withStatus(statuses.status(new NodeStatus(), facts, images.known(), time.instant()))
            .build();
    Node created = client.resource(node).create();
    registeredNow = true;
    log.info("node {} is registered", settings.name());
    return created;
  }

  /** The node with the labels that it is to have. */
  private Node described(Node there) {
    Map<String, String> labels = new HashMap<>(there.getMetadata().getLabels());
    labels.putAll(settings.labels());
    if (labels.equals(there.getMetadata().getLabels())) {
      return there;
    }
    return client
        .resource(new NodeBuilder(there).editMetadata().withLabels(labels).endMetadata().build())
        .update();
  }
}
