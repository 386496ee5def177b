package io.vic4j.testkit.kubernetes;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vic4j.testkit.integration.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real control plane: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, of the
 * folder that {@code vic-testkit/src/test/cluster/build} fills, on free ports of the loopback
 * interface, with certificates of its own. Closing it ends all four.
 */
final class ControlPlane implements AutoCloseable {
  static final String ISSUER = "https://kubernetes.default.svc";
  private static final String KUBELET_ADMIN = "system:kubelet-api-admin";
  private static final Duration LONG = Duration.ofMinutes(1);

  final ClusterCertificates certificates;
  final Path adminConfig;
  final KubernetesClient admin;
  private final Path programs;
  private final Path folder;
  private final int etcdPort;
  private final int peerPort;
  private final int port;
  private final TestCa.Pair accounts;
  private final List<String> apiServerCommand;
  private final Deque<Process> others = new ArrayDeque<>();
  private @Nullable Process apiServer;

  private ControlPlane(Path programs, Path folder) throws IOException {
    this.programs = programs;
    this.folder = Files.createDirectories(folder);
    this.certificates = new ClusterCertificates(folder.resolve("pki"));
    int[] ports = freePorts(3);
    this.etcdPort = ports[0];
    this.peerPort = ports[1];
    this.port = ports[2];
    this.accounts = certificates.bare("accounts");
    this.apiServerCommand = apiServerCommand();
    TestCa.Pair master = certificates.client("admin", "admin", "system:masters");
    this.adminConfig = certificates.kubeconfig("admin", url(), master);
    this.admin = new KubernetesClientBuilder().withConfig(config(master)).build();
    Runtime.getRuntime().addShutdownHook(new Thread(this::end)); // Should the test be interrupted.
  }

  /** Starts one, with the programs of this folder; it works in another. */
  static ControlPlane start(Path programs, Path folder) throws IOException {
    ControlPlane plane = new ControlPlane(programs, folder);
    try {
      plane.begin();
      return plane;
    } catch (IOException | RuntimeException | Error e) {
      try (plane) {
        throw e;
      }
    }
  }

  private void begin() throws IOException {
    String etcd = "http://127.0.0.1:" + etcdPort;
    String peers = "http://127.0.0.1:" + peerPort;
    run(
        "etcd",
        "--data-dir=" + folder.resolve("etcd"),
        "--listen-client-urls=" + etcd,
        "--advertise-client-urls=" + etcd,
        "--listen-peer-urls=" + peers,
        "--initial-advertise-peer-urls=" + peers,
        "--initial-cluster=default=" + peers,
        "--unsafe-no-fsync");
    startApiServer();
    startController();
    run(
        "kube-scheduler",
        "--kubeconfig=" + kubeconfig("system:kube-scheduler"),
        "--leader-elect=false",
        "--port=0",
        "--secure-port=0");
    letApiServerSpeakToKubelets();
    await().atMost(LONG).until(this::hasDefaultAccount);
  }

  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      ports[i] = sockets.get(i).getLocalPort();
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  private List<String> apiServerCommand() throws IOException {
    TestCa.Pair server = certificates.server("apiserver");
    // Not of system:masters: what it may at a node is decided by the role that Kubernetes has.
    TestCa.Pair kubelets = certificates.client("to-kubelets", "kubelet-client", "");
    return List.of(
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--secure-port=" + port,
        "--tls-cert-file=" + server.certificate(),
        "--tls-private-key-file=" + server.key(),
        "--client-ca-file=" + certificates.ca(),
        "--kubelet-client-certificate=" + kubelets.certificate(),
        "--kubelet-client-key=" + kubelets.key(),
        "--kubelet-certificate-authority=" + certificates.ca(),
        "--kubelet-preferred-address-types=InternalIP",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--service-account-issuer=" + ISSUER,
        "--service-account-key-file=" + accounts.certificate(),
        "--service-account-signing-key-file=" + accounts.key(),
        "--api-audiences=" + ISSUER,
        "--service-cluster-ip-range=10.96.0.0/24");
  }

  private void startController() throws IOException {
    run(
        "kube-controller-manager",
        "--kubeconfig=" + kubeconfig("system:kube-controller-manager"),
        "--leader-elect=false",
        "--port=0",
        "--secure-port=0",
        "--use-service-account-credentials",
        "--service-account-private-key-file=" + accounts.key(),
        "--root-ca-file=" + certificates.ca(),
        "--node-monitor-period=1s",
        "--node-monitor-grace-period=16s");
  }

  private Path kubeconfig(String user) throws IOException {
    String name = user.substring(user.indexOf(':') + 1);
    return certificates.kubeconfig(name, url(), certificates.client(name, user, ""));
  }

  /** As who sets up a cluster does. */
  private void letApiServerSpeakToKubelets() {
    var unused =
        admin
            .resource(
                new ClusterRoleBindingBuilder()
                    .withNewMetadata()
                    .withName("to-kubelets")
                    .endMetadata()
                    .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", KUBELET_ADMIN)
                    .addNewSubject("rbac.authorization.k8s.io", "User", "kubelet-client", null)
                    .build())
            .create();
  }

  private boolean hasDefaultAccount() {
    var account = admin.serviceAccounts().inNamespace("default").withName("default").get();
    return account != null && !account.getSecrets().isEmpty();
  }

  String url() {
    return "https://127.0.0.1:" + port;
  }

  /** How to speak to it as who has this certificate. */
  Config config(TestCa.Pair client) {
    return new ConfigBuilder()
        .withMasterUrl(url())
        .withNamespace("default")
        .withCaCertFile(certificates.ca().toString())
        .withClientCertFile(client.certificate().toString())
        .withClientKeyFile(client.key().toString())
        .build();
  }

  void startApiServer() throws IOException {
    apiServer = process("kube-apiserver", apiServerCommand);
    Process started = apiServer;
    await()
        .atMost(LONG)
        .until(
            () -> {
              if (!started.isAlive()) {
                throw new AssertionError("kube-apiserver has ended: see " + folder);
              }
              return isReady();
            });
  }

  private boolean isReady() {
    try {
      return "ok".equals(admin.raw("/readyz"));
    } catch (KubernetesClientException e) {
      return false;
    }
  }

  /** Kills the API server. */
  void killApiServer() {
    Process running = apiServer;
    if (running != null) {
      kill(running);
    }
  }

  /** Has etcd forget all versions but those of now; watches that go back further get a 410. */
  void compact() throws IOException, InterruptedException {
    String all = "{\"key\":\"AA==\",\"range_end\":\"AA==\",\"count_only\":true}";
    Matcher now = Pattern.compile("\"revision\":\"(\\d+)\"").matcher(etcd("range", all));
    if (!now.find()) {
      throw new AssertionError("etcd does not say its revision");
    }
    String unused = etcd("compaction", "{\"revision\":\"" + now.group(1) + "\",\"physical\":true}");
  }

  /** A call of etcd's API by its JSON gateway. */
  private String etcd(String call, String json) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + etcdPort + "/v3/kv/" + call);
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(json)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private void run(String program, String... options) throws IOException {
    others.push(process(program, List.of(options)));
  }

  private Process process(String program, List<String> options) throws IOException {
    List<String> command = new ArrayList<>(List.of(programs.resolve(program).toString()));
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve(program + ".log").toFile()));
    builder.environment().remove("KUBECONFIG");
    return builder.start();
  }

  private static void kill(Process process) {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() {
    others.forEach(Process::destroyForcibly);
    killApiServer();
  }

  @Override
  public void close() {
    admin.close();
    while (!others.isEmpty()) {
      kill(others.pop());
    }
    killApiServer();
  }
}
