package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vic4j.core.Digest;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.ForeignTool;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import io.vic4j.testkit.qemu.BootedHost;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A pod of a real control plane in a real machine: its streams and its files, by kubectl. */
@EnabledIfSystemProperty(
    named = RealCluster.PROPERTY,
    matches = ".+",
    disabledReason = RealCluster.WHY_NOT)
@DiskJudge.Exempt("the machine runs")
@Timeout(120)
final class ClusterPodIT {
  private static final int MUCH = 8 << 20;
  private static final Pattern FORWARDING =
      Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+) ");
  private static final String POD =
      """
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: builder}
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings}
      data: {mode: fast}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: login}
      stringData: {word: swordfish}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: web, labels: {tier: front}}
      spec:
        serviceAccountName: builder
        tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
        terminationGracePeriodSeconds: 1
        containers:
        - name: app
          image: IMAGE
          command: [/bin/sh, -c]
          args: ["echo up; httpd -p 8080 -h /files; while read line; do echo got $line; done"]
          stdin: true
          env:
          - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
          - {name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}
          volumeMounts: [{name: all, mountPath: /files}]
        volumes:
        - name: all
          projected:
            sources:
            - configMap: {name: settings}
            - secret: {name: login}
            - downwardAPI: {items: [{path: tier, fieldRef: {fieldPath: "metadata.labels['tier']"}}]}
            - serviceAccountToken: {path: token, expirationSeconds: 600}
      """;

  @TempDir private static Path folder;
  private static BootedHost booted;
  private static RealCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    booted = new BootedHost(folder.resolve("host"));
    TestLayer programs =
        BootedHost.programs("cat", "echo", "head", "httpd", "sha256sum", "sleep", "tar").build();
    TestImage content = TestImage.builder().layer(BootedHost.busybox()).layer(programs).build();
    String image = booted.registry.add("lib/web:1", content).toString();
    cluster = new RealCluster(folder.resolve("cluster"), booted::vch);
    cluster.apply(POD.replace("IMAGE", image));
    cluster.untilPhase("web", "Running");
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
    booted.close();
  }

  /** That of the control plane's version, which speaks SPDY; and this machine's, if it is newer. */
  static Stream<Kubectl> kubectls() {
    return Stream.of(
        cluster.kubectl,
        new Kubectl(ForeignTool.named("kubectl"), cluster.plane.adminConfig).streams(true));
  }

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[MUCH];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static String exec(String script) throws Exception {
    return cluster.run("exec", "web", "--", "sh", "-c", script);
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void exec_tellsOutputErrorAndExitCodeApart(Kubectl kubectl) throws Exception {
    try (var exec =
        kubectl.start(
            "exec", "web", "--", "sh", "-c", "echo out $NODE $MODE; echo err >&2; exit 3")) {
      assertThat(exec.exitCode()).isEqualTo(3);
      assertThat(exec.out()).isEqualTo("out vic-1 fast\n");
      assertThat(exec.err()).isEqualTo("err\ncommand terminated with exit code 3\n");
    }
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void exec_takesMuchInput(Kubectl kubectl) throws Exception {
    byte[] much = bytes(1);
    try (var exec = kubectl.start("exec", "-i", "web", "--", "sha256sum")) {
      exec.stdin().write(much);
      exec.stdin().close();
      assertThat("sha256:" + exec.text().split(" ")[0]).isEqualTo(Digest.sha256(much).toString());
    }
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void filesAreCopied_inAndOut(Kubectl kubectl) throws Exception {
    Path file = Files.write(folder.resolve("sent"), bytes(2));
    try (var in = kubectl.start("cp", file.toString(), "web:/tmp/sent")) {
      String unused = in.text();
    }
    Path back = folder.resolve("back");
    Files.deleteIfExists(back);
    try (var out = kubectl.start("cp", "web:/tmp/sent", back.toString())) {
      String unused = out.text();
    }
    assertThat(back).hasSameBinaryContentAs(file);
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void portsAreForwarded(Kubectl kubectl) throws Exception {
    try (var forward = kubectl.start("port-forward", "web", ":8080")) {
      RealCluster.until(() -> FORWARDING.matcher(forward.out()).find());
      Matcher port = FORWARDING.matcher(forward.out());
      assertThat(port.find()).isTrue();
      URI word = URI.create("http://127.0.0.1:" + port.group(1) + "/word");
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(word).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.body()).isEqualTo("swordfish");
    }
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void attach_givesAndTakes(Kubectl kubectl) throws Exception {
    String word = "word-" + System.identityHashCode(kubectl);
    try (var logs = kubectl.start("logs", "-f", "web");
        var attach = kubectl.start("attach", "-i", "web")) {
      attach.stdin().write((word + "\n").getBytes(UTF_8));
      attach.stdin().flush();
      RealCluster.until(() -> attach.out().contains("got " + word));
      RealCluster.until(() -> logs.out().contains("got " + word));
      assertThat(logs.out()).startsWith("up\n");
    }
  }

  @Test
  void filesFollow_whatTheyAreMadeOf() throws Exception {
    assertThat(exec("cat /files/mode /files/word /files/tier")).isEqualTo("fastswordfishfront");
    cluster.order("patch", "configmap", "settings", "-p", "{\"data\":{\"mode\":\"slow\"}}");
    cluster.order("patch", "secret", "login", "-p", "{\"stringData\":{\"word\":\"trout\"}}");
    cluster.order("label", "pod", "web", "tier=back", "--overwrite");
    RealCluster.until(
        () -> exec("cat /files/mode /files/word /files/tier").equals("slowtroutback"));
    cluster.order("patch", "secret", "login", "-p", "{\"stringData\":{\"word\":\"swordfish\"}}");
    RealCluster.until(() -> exec("cat /files/word").equals("swordfish"));
  }

  @Test
  void theToken_isTheServiceAccounts() throws Exception {
    String token = exec("cat /files/token");
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withMasterUrl(cluster.plane.url())
                    .withCaCertFile(cluster.plane.certificates.ca().toString())
                    .withOauthToken(token)
                    .build())
            .build()) {
      assertThatThrownBy(() -> client.nodes().list())
          .isInstanceOf(KubernetesClientException.class)
          .hasMessageContaining("User \"system:serviceaccount:default:builder\" cannot list");
    }
  }
}
