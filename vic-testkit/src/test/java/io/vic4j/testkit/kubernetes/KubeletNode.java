package io.vic4j.testkit.kubernetes;

import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.kubernetes.kubelet.KubeletPods;
import io.vic4j.pod.kubernetes.kubelet.KubeletServer;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;

/** A node of pods in memory, and its API. Closing it closes both. */
final class KubeletNode implements AutoCloseable {
  /** Stands in for a method of the pods. */
  interface Answer {
    Object to(Object[] arguments) throws Throwable;
  }

  static final String MASTER = "/O=system:masters/CN=apiserver";
  static final Duration LONG = Duration.ofMinutes(1);

  private static KubeletCertificates certificates;

  final TestVch vch = TestVch.create();
  final KubeletServer server;
  final SSLContext master;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  private KubeletNode(KubeletPods pods, UnaryOperator<KubeletServer.Builder> settings)
      throws GeneralSecurityException, IOException {
    KubeletCertificates known = certificates();
    master = known.client(MASTER);
    server =
        settings
            .apply(
                KubeletServer.builder(pods(), pods)
                    .nodeName("node-1")
                    .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .certificate(known.certificate(), known.key())
                    .clientCa(known.ca())
                    .timeSource(vch.clock())
                    .authorizer((user, verb, sub) -> user.groups().contains("system:masters")))
            .start();
  }

  static KubeletNode start() throws GeneralSecurityException, IOException {
    return start(builder -> builder);
  }

  static KubeletNode start(UnaryOperator<KubeletServer.Builder> settings)
      throws GeneralSecurityException, IOException {
    return start(() -> "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}", settings);
  }

  static KubeletNode start(KubeletPods pods, UnaryOperator<KubeletServer.Builder> settings)
      throws GeneralSecurityException, IOException {
    return new KubeletNode(pods, settings);
  }

  static synchronized KubeletCertificates certificates() throws IOException {
    if (certificates == null) {
      Path folder = Files.createTempDirectory("kubelet-certificates");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      certificates = KubeletCertificates.in(folder);
    }
    return certificates;
  }

  private static void delete(Path folder) {
    try (var files = Files.list(folder)) {
      files.forEach(file -> file.toFile().delete());
      Files.delete(folder);
    } catch (IOException e) {
      // The system clears its temporary folder.
    }
  }

  /** The pods, but for the methods that a test answers itself. */
  private PodLifecycle pods() {
    PodLifecycle real = vch.host().pods();
    return (PodLifecycle)
        Proxy.newProxyInstance(
            PodLifecycle.class.getClassLoader(),
            new Class<?>[] {PodLifecycle.class},
            (self, method, arguments) -> {
              Answer answer = answers.get(method.getName());
              if (answer != null) {
                return answer.to(arguments);
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** Answers a method of the pods. */
  void answer(String method, Answer answer) {
    answers.put(method, answer);
  }

  /** A pod of one container {@code main} that runs. */
  Pod pod(String name, Script script) {
    return pod(name, script, container -> {});
  }

  Pod pod(String name, Script script, Consumer<ContainerSpec.Builder> settings) {
    String image = "registry.test/" + name + ":1";
    vch.image(image).runs(script);
    ContainerSpec.Builder container = ContainerSpec.builder(image).name("main");
    settings.accept(container);
    PodKey key = PodKey.of(name);
    vch.host()
        .pods()
        .create(
            PodSpec.builder(key)
                .restartPolicy(RestartPolicy.NEVER)
                .container(container.build())
                .build());
    vch.host().pods().start(key);
    vch.host().pods().awaitStarted(key, LONG);
    return vch.host().pods().get(key);
  }

  URI uri(String target) {
    return URI.create("https://localhost:" + server.port() + target);
  }

  URI socketUri(String target) {
    return URI.create("wss://localhost:" + server.port() + target);
  }

  static HttpClient client(SSLContext context) {
    return HttpClient.newBuilder().sslContext(context).version(HttpClient.Version.HTTP_1_1).build();
  }

  HttpResponse<String> get(String target) throws IOException, InterruptedException {
    return send(master, HttpRequest.newBuilder(uri(target)));
  }

  HttpResponse<String> post(String target) throws IOException, InterruptedException {
    return send(
        master, HttpRequest.newBuilder(uri(target)).POST(HttpRequest.BodyPublishers.noBody()));
  }

  static HttpResponse<String> send(SSLContext context, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client(context)
        .send(request.timeout(LONG).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    server.close();
    vch.close();
  }
}
