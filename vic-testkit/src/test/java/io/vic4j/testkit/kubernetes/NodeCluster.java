package io.vic4j.testkit.kubernetes;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import io.vic4j.pod.kubernetes.node.KubernetesNodeBuilder;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VirtualClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A cluster of an API server in memory and one node over a host in memory; one clock for all. */
final class NodeCluster implements AutoCloseable {
  static final String NODE = "vic-1";
  static final Duration STEP = Duration.ofSeconds(1);

  final VirtualClock clock = VirtualClock.manual();
  final TestVch vch;
  final ApiServer api = new ApiServer(clock);
  final KubernetesClient client = client(api);
  private UnaryOperator<KubernetesNodeBuilder> options = it -> it;
  private @Nullable KubernetesNode node;
  private @Nullable KubernetesClient nodeClient;
  private VirtualContainerHost host;

  NodeCluster() {
    this(it -> it);
  }

  NodeCluster(UnaryOperator<TestVch.Builder> settings) {
    vch = settings.apply(TestVch.builder().clock(clock)).build();
    host = vch.host();
    image("web", Script.runsForever().onSignal(Signal.TERM, Script.exits(0)));
    image("stubborn", Script.runsForever().ignores(Signal.TERM));
    image("job", Script.prints("done").after(Duration.ofSeconds(5)).exits(0));
    image("broken", Script.printsError("no disk").after(Duration.ofSeconds(5)).exits(3));
  }

  static KubernetesClient client(ApiServer api) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder()
                .withMasterUrl(api.url())
                .withNamespace("default")
                .withRequestRetryBackoffLimit(0)
                .withWatchReconnectInterval(20)
                .build())
        .build();
  }

  void image(String name, Script script) {
    vch.image("registry.test/" + name + ":1").onlyInRegistry().runs(script);
  }

  void options(UnaryOperator<KubernetesNodeBuilder> more) {
    UnaryOperator<KubernetesNodeBuilder> before = options;
    options = it -> more.apply(before.apply(it));
  }

  KubernetesNode start() {
    nodeClient = client(api);
    node =
        options
            .apply(KubernetesNode.builder(nodeClient, host, NODE).timeSource(clock).maxPods(1000))
            .start();
    KubernetesNode started = node;
    until(started::hasJoined);
    return started;
  }

  /** Ends the program: the node, its client and its host. */
  void stop() {
    if (node != null) {
      node.close();
      node = null;
    }
    if (nodeClient != null) {
      nodeClient.close();
      nodeClient = null;
    }
  }

  void restart() {
    stop();
    host = vch.reopen();
    KubernetesNode unused = start();
  }

  VirtualContainerHost host() {
    return host;
  }

  /** Lets time pass until something holds. */
  void until(BooleanSupplier holds) {
    until(Duration.ofSeconds(30), holds);
  }

  void until(Duration atMost, BooleanSupplier holds) {
    await()
        .atMost(atMost)
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .pollDelay(Duration.ZERO)
        .until(
            () -> {
              if (holds.getAsBoolean()) {
                return true;
              }
              clock.advance(STEP);
              return holds.getAsBoolean();
            });
  }

  /** Waits without that time passes. */
  static void awaitNow(BooleanSupplier holds) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .pollDelay(Duration.ZERO)
        .until(holds::getAsBoolean);
  }

  Pod bind(String name, String image) {
    return api.create(pod(name, image, "Always"));
  }

  static Pod pod(String name, String image, String restartPolicy) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .addToLabels("app", name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(NODE)
        .withRestartPolicy(restartPolicy)
        .withTerminationGracePeriodSeconds(30L)
        .addNewContainer()
        .withName("app")
        .withImage("registry.test/" + image + ":1")
        .withImagePullPolicy("IfNotPresent")
        .endContainer()
        .endSpec()
        .build();
  }

  Optional<Pod> find(String name) {
    return api.find("pods", "default", name, Pod.class);
  }

  Pod get(String name) {
    return find(name).orElseThrow();
  }

  String phase(String name) {
    return find(name).map(Pod::getStatus).map(it -> it.getPhase()).orElse("");
  }

  /** Why its container waits, or how it has ended; empty if neither. */
  String reason(String name) {
    return find(name)
        .map(Pod::getStatus)
        .filter(it -> !it.getContainerStatuses().isEmpty())
        .map(it -> it.getContainerStatuses().get(0).getState())
        .map(
            it ->
                it.getWaiting() != null
                    ? it.getWaiting().getReason()
                    : it.getTerminated() != null ? it.getTerminated().getReason() : "")
        .orElse("");
  }

  void untilPhase(String name, String phase) {
    until(() -> phase(name).equals(phase));
  }

  boolean isThere(String name) {
    return host.pods().find(PodKey.of(name)).isPresent();
  }

  Node node() {
    return api.find("nodes", "", NODE, Node.class).orElseThrow();
  }

  List<Event> events(String pod) {
    return api.all("events", Event.class).stream()
        .filter(it -> it.getInvolvedObject().getName().equals(pod))
        .toList();
  }

  List<String> reasons(String pod) {
    return events(pod).stream().map(Event::getReason).toList();
  }

  void delete(String name, @Nullable Long grace) {
    api.delete("pods", "default", name, grace);
  }

  @Override
  public void close() {
    try (vch;
        api;
        client) {
      stop();
    }
  }
}
