package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vic4j.core.ForeignTool;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import io.vic4j.testkit.integration.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A real control plane and one node of it, which is to the API server what a kubelet is: a user
 * {@code system:node:…} of the group {@code system:nodes}.
 */
final class RealCluster implements AutoCloseable {
  static final String NODE = "vic-1";
  static final String PROPERTY = "vic.cluster";
  static final String WHY_NOT =
      "-Dvic.cluster=DIR names a control plane; vic-testkit/src/test/cluster/build makes one";
  static final Duration LONG = Duration.ofMinutes(1);

  final ControlPlane plane;
  final KubernetesClient admin;
  final Kubectl kubectl;
  private final Supplier<VirtualContainerHost> hosts;
  private final TestCa.Pair nodeUser;
  private final TestCa.Pair nodeServer;
  private VirtualContainerHost host;
  private @Nullable KubernetesNode node;

  /**
   * Starts all.
   *
   * @param folder to work in
   * @param hosts the host of the node, opened once more each time
   */
  RealCluster(Path folder, Supplier<VirtualContainerHost> hosts) throws IOException {
    Path programs = Path.of(System.getProperty(PROPERTY));
    this.hosts = hosts;
    this.plane = ControlPlane.start(programs, folder.resolve("plane"));
    this.admin = plane.admin;
    this.kubectl = new Kubectl(ForeignTool.at(programs.resolve("kubectl")), plane.adminConfig);
    this.nodeUser = userOf(NODE);
    this.nodeServer = plane.certificates.server("node-server");
    this.host = hosts.get();
    startNode();
  }

  /** Begins to be the node, as a program that was started anew. */
  void startNode() {
    node = startNode(nodeUser, NODE, host);
  }

  /** The user of a kubelet. */
  TestCa.Pair userOf(String name) throws IOException {
    return plane.certificates.client("node-" + name, "system:node:" + name, "system:nodes");
  }

  /** Begins to be a node of this name, as this user. */
  KubernetesNode startNode(TestCa.Pair user, String name, VirtualContainerHost on) {
    KubernetesNode started =
        KubernetesNode.builder(plane.config(user), on, name)
            .address("127.0.0.1")
            .providerId("vic://test/" + name)
            .clusterDns(List.of("10.96.0.10"), "cluster.local")
            .filesInterval(Duration.ofSeconds(1))
            .kubelet(
                it ->
                    it.address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .certificate(nodeServer.certificate(), nodeServer.key())
                        .clientCa(plane.certificates.ca()))
            .start();
    started.awaitJoined(LONG);
    return started;
  }

  /** Ends the node's program; its VMs run on. */
  void stopNode() {
    KubernetesNode running = node;
    if (running != null) {
      node = null;
      running.close();
      host.close();
      host = hosts.get();
    }
  }

  VirtualContainerHost host() {
    return host;
  }

  /** A token of a service account, from its Secret. */
  String token(String account) {
    until(() -> !admin.serviceAccounts().withName(account).get().getSecrets().isEmpty());
    String secret = admin.serviceAccounts().withName(account).get().getSecrets().get(0).getName();
    String coded = admin.secrets().withName(secret).get().getData().get("token");
    return new String(Base64.getDecoder().decode(coded), UTF_8);
  }

  /** The status with which the node answers who shows a token. */
  int kubelet(String token, String path) throws Exception {
    return kubelet(Objects.requireNonNull(node), token, path);
  }

  int kubelet(KubernetesNode asked, String token, String path) throws Exception {
    int port = asked.kubeletPort().getAsInt();
    HttpClient client = HttpClient.newBuilder().sslContext(plane.certificates.trusting()).build();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
            .header("Authorization", "Bearer " + token)
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  /** What a command prints, which ends well. */
  String run(String... arguments) throws IOException, InterruptedException {
    try (var command = kubectl.start(arguments)) {
      return command.text();
    }
  }

  /** Runs a command that ends well, whatever it prints. */
  void order(String... arguments) throws IOException, InterruptedException {
    String unused = run(arguments);
  }

  /** What a command prints, with runs of spaces as one: kubectl prints columns. */
  String columns(String... arguments) throws IOException, InterruptedException {
    return run(arguments).replaceAll(" +", " ");
  }

  /** Applies YAML. */
  void apply(String yaml) throws IOException, InterruptedException {
    try (var command = kubectl.start("apply", "-f", "-").input(yaml)) {
      String unused = command.text();
    }
  }

  static void until(Callable<Boolean> holds) {
    await().atMost(LONG).pollInterval(100, TimeUnit.MILLISECONDS).until(holds);
  }

  @Nullable Pod pod(String name) {
    return admin.pods().inNamespace("default").withName(name).get();
  }

  /** What a pod's phase is; empty if there is none. */
  String phase(String name) {
    Pod pod = pod(name);
    return pod == null || pod.getStatus() == null ? "" : pod.getStatus().getPhase();
  }

  void untilPhase(String name, String phase) {
    until(() -> phase.equals(phase(name)));
  }

  boolean isOnHost(String name) {
    return host.pods().find(PodKey.of(name)).isPresent();
  }

  /** Whether the cluster and the host have the same pods, and say the same of them. */
  boolean agrees() {
    TreeMap<String, String> said = new TreeMap<>();
    for (Pod pod : admin.pods().inNamespace("default").list().getItems()) {
      said.put(pod.getMetadata().getUid(), pod.getStatus().getPhase().toUpperCase(Locale.ROOT));
    }
    TreeMap<String, String> there = new TreeMap<>();
    host.pods().list().forEach(it -> there.put(it.uid(), it.phase().name()));
    return said.equals(there);
  }

  /** Deletes what a test has made, and waits until the host has nothing left of it. */
  void clear() throws IOException, InterruptedException {
    order(
        "delete",
        "deployments,statefulsets,jobs,services,poddisruptionbudgets,pods",
        "--selector=component!=apiserver",
        "--grace-period=1");
    until(() -> host.pods().list().isEmpty());
  }

  @Override
  public void close() {
    try (plane) {
      stopNode();
      host.close();
    }
  }
}
