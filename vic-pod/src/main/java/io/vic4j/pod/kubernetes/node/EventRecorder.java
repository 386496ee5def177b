package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.vic4j.core.IdSource;
import io.vic4j.pod.kubernetes.PodEvent;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people what becomes of a node and its pods: Events. The same event of the same object is
 * counted, not told again. Who records one never waits for the API server, and never fails: what
 * cannot be told, or is too much, is dropped.
 *
 * <p>The counting and the bounds are those of client-go ({@code tools/record}): an object may tell
 * 25 events at once, and one more each 5 minutes. Thread-safe.
 */
final class EventRecorder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);
  private static final int WAITING = 4096;
  private static final int KNOWN = 4096;
  private static final int ATTEMPTS = 3;
  private static final String NO_NAMESPACE = "default"; // Of events of what has none.
  private static final int MAX_MESSAGE = 1024; // Kubernetes' bound of an event's note.

  private record Key(String uid, String field, String type, String reason, String message) {
    static Key of(ObjectReference about, String type, String reason, String message) {
      return new Key(
          Objects.requireNonNullElse(about.getUid(), ""),
          Objects.requireNonNullElse(about.getFieldPath(), ""),
          type,
          reason,
          message);
    }
  }

  private record Told(String name, int count) {}

  private final KubernetesClient client;
  private final String nodeName;
  private final InstantSource time;
  private final IdSource ids;
  private final EventBudget budget;
  // Of the executor's thread only.
  private final Map<Key, Told> known = recent();
  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(WAITING),
          OwnThreads.named("vic-node-events"),
          (task, pool) -> log.debug("an event too many is dropped"));

  EventRecorder(KubernetesClient client, String nodeName, InstantSource time, IdSource ids) {
    this.client = client;
    this.nodeName = nodeName;
    this.time = time;
    this.ids = ids;
    this.budget = new EventBudget(time);
  }

  private static <K, V> Map<K, V> recent() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > KNOWN;
      }
    };
  }

  /** Something that is as it should be. */
  void normal(Pod pod, String reason, String message) {
    record(reference(pod, ""), "Normal", reason, message);
  }

  /** Something of the node. */
  void normal(Node node, String reason, String message) {
    record(reference(node), "Normal", reason, message);
  }

  /** Something that is not. */
  void warning(Pod pod, String reason, String message) {
    record(reference(pod, ""), "Warning", reason, message);
  }

  void tell(Pod pod, PodEvent event) {
    record(
        reference(pod, event.field()),
        event.warning() ? "Warning" : "Normal",
        event.reason(),
        event.message());
  }

  private void record(ObjectReference about, String type, String reason, String text) {
    String message = text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) : text;
    Key key = Key.of(about, type, reason, message);
    if (budget.take(key.uid)) {
      executor.execute(() -> send(about, key));
    }
  }

  private void send(ObjectReference about, Key key) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        sendOnce(about, key);
        return;
      } catch (RuntimeException e) {
        log.debug("event {} of {} was not told", key.reason, about.getName(), e);
        known.remove(key);
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
      }
    }
  }

  private void sendOnce(ObjectReference about, Key key) {
    @Nullable Told told = known.get(key);
    String now = time.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    String namespace = Objects.requireNonNullElse(about.getNamespace(), NO_NAMESPACE);
    if (told != null) {
      try {
        client
            .v1()
            .events()
            .inNamespace(namespace)
            .withName(told.name)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"count\":" + (told.count + 1) + ",\"lastTimestamp\":\"" + now + "\"}");
        known.put(key, new Told(told.name, told.count + 1));
        return;
      } catch (KubernetesClientException e) {
        if (!ApiErrors.isNotFound(e)) {
          throw e;
        }
        log.debug("event {} is forgotten already", told.name, e);
      }
    }
    Event event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(about.getName() + "." + ids.next().substring(0, 16))
            .endMetadata()
            .withInvolvedObject(about)
            .withType(key.type)
            .withReason(key.reason)
            .withMessage(key.message)
            .withCount(1)
            .withFirstTimestamp(now)
            .withLastTimestamp(now)
            .withNewSource("kubelet", nodeName)
            .withReportingComponent("kubelet")
            .withReportingInstance(nodeName)
            .build();
    client.v1().events().inNamespace(namespace).resource(event).create();
    known.put(key, new Told(event.getMetadata().getName(), 1));
  }

  private static ObjectReference reference(Pod pod, String field) {
    return new ObjectReferenceBuilder()
        .withApiVersion("v1")
        .withKind("Pod")
        .withNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .withUid(pod.getMetadata().getUid())
        .withResourceVersion(pod.getMetadata().getResourceVersion())
        .withFieldPath(field.isEmpty() ? null : field)
        .build();
  }

  /** A node's UID is its name here: kubelets do so, and that is what people's tools look for. */
  private static ObjectReference reference(Node node) {
    return new ObjectReferenceBuilder()
        .withApiVersion("v1")
        .withKind("Node")
        .withName(node.getMetadata().getName())
        .withUid(node.getMetadata().getName())
        .build();
  }

  /** Drops what was not told yet. */
  @Override
  public void close() {
    OwnThreads.end(executor);
  }
}
