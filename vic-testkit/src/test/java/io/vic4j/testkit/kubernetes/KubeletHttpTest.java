package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.ConflictException;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.vm.GuestStats;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.kubernetes.kubelet.KubeletServer;
import io.vic4j.pod.kubernetes.kubelet.KubeletUser;
import io.vic4j.testkit.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may ask a node, and what it answers. */
final class KubeletHttpTest {
  private final AtomicInteger reviews = new AtomicInteger();
  private KubeletNode node;

  @BeforeEach
  void start() throws Exception {
    node =
        KubeletNode.start(
            builder ->
                builder
                    .tokens(this::review)
                    .authorizer(
                        (user, verb, sub) ->
                            user.groups().contains("system:masters")
                                || (user.groups().contains("system:authenticated")
                                    && user.name().equals("metrics")
                                    && verb.equals("get")
                                    && List.of("metrics", "healthz").contains(sub))));
    node.vch.scripts().program("speak", Script.prints("out").printsError("err").exits(0));
    node.vch.scripts().program("fail", Script.prints("no").exits(3));
    node.pod("web", Script.runsForever());
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private Optional<KubeletUser> review(String token) {
    reviews.incrementAndGet();
    return switch (token) {
      case "sesame" -> Optional.of(KubeletUser.of("metrics", List.of("monitoring")));
      case "broken" -> throw new UnavailableException("the API server does not answer", null);
      default -> Optional.empty();
    };
  }

  private HttpResponse<String> withToken(String token, String target) throws Exception {
    return KubeletNode.send(
        KubeletNode.certificates().nobody(),
        HttpRequest.newBuilder(node.uri(target)).header("Authorization", "Bearer " + token));
  }

  @Test
  void clientWithoutCertificateOrToken_isNotKnown() throws Exception {
    HttpResponse<String> answer =
        KubeletNode.send(
            KubeletNode.certificates().nobody(), HttpRequest.newBuilder(node.uri("/healthz")));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
  }

  @Test
  void clientWithCertificate_isItsSubject() throws Exception {
    assertThat(node.get("/healthz").body()).isEqualTo("ok");
    SSLContext other = KubeletNode.certificates().client("/O=others/CN=bob");
    HttpResponse<String> denied =
        KubeletNode.send(other, HttpRequest.newBuilder(node.uri("/healthz")));
    assertThat(denied.statusCode()).isEqualTo(403);
    assertThat(denied.body())
        .isEqualTo("Forbidden (user=bob, verb=get, resource=nodes, subresource=[healthz, proxy])");
  }

  @Test
  void certificateOfAnotherCa_getsNoConnection(@TempDir Path folder) throws Exception {
    SSLContext stranger = KubeletCertificates.in(folder).stranger(KubeletNode.certificates().ca());
    assertThatThrownBy(
            () -> KubeletNode.send(stranger, HttpRequest.newBuilder(node.uri("/healthz"))))
        .isInstanceOf(IOException.class);
    assertThat(node.get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void token_isReviewedOnce_andMayDoWhatItMay() throws Exception {
    assertThat(withToken("sesame", "/healthz").statusCode()).isEqualTo(200);
    assertThat(withToken("sesame", "/metrics/resource").statusCode()).isEqualTo(200);
    assertThat(withToken("sesame", "/stats/summary").statusCode()).isEqualTo(403);
    assertThat(withToken("sesame", "/containerLogs/default/web/main").statusCode()).isEqualTo(403);
    assertThat(reviews).hasValue(1);
    assertThat(withToken("wrong", "/healthz").statusCode()).isEqualTo(401);
    assertThat(withToken("broken", "/healthz").statusCode()).isEqualTo(503);
  }

  @Test
  void anonymousClient_isLetInOnlyWhereThatIsSaid() throws Exception {
    node.close();
    node =
        KubeletNode.start(
            builder ->
                builder
                    .anonymous(true)
                    .authorizer((user, verb, sub) -> user.name().equals("system:anonymous")));
    assertThat(
            KubeletNode.send(
                    KubeletNode.certificates().nobody(),
                    HttpRequest.newBuilder(node.uri("/healthz")))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void pods_areWhatTheNodeSays() throws Exception {
    HttpResponse<String> answer = node.get("/pods");
    assertThat(answer.body()).contains("\"kind\":\"PodList\"");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(node.get("/pods/").statusCode()).isEqualTo(200);
  }

  @Test
  void whatIsNotThere_isNotFound() throws Exception {
    assertThat(node.get("/other").statusCode()).isEqualTo(404);
    assertThat(node.get("/").statusCode()).isEqualTo(404);
    assertThat(node.get("/containerLogs/default/web").statusCode()).isEqualTo(404);
    HttpResponse<String> pod = node.get("/containerLogs/default/nobody/main");
    assertThat(pod.statusCode()).isEqualTo(404);
    assertThat(pod.body()).isEqualTo("pods \"nobody\" not found");
    assertThat(node.get("/containerLogs/default/%C3%84/main").statusCode()).isEqualTo(404);
    assertThat(node.get("/containerLogs/default/web/other").body())
        .isEqualTo("container \"other\" not found in pod \"web\"");
    assertThat(node.get("/exec/default/web/other/main?command=ls&output=1").statusCode())
        .isEqualTo(404);
  }

  @Test
  void requestsThatCannotBe_areRefused() throws Exception {
    assertThat(node.get("/exec/default/web/main?command=ls").statusCode()).isEqualTo(400);
    assertThat(node.get("/exec/default/web/main?output=1").statusCode()).isEqualTo(400);
    assertThat(node.get("/exec/default/web/main?command=ls&output=1").body())
        .isEqualTo("upgrade request required");
    assertThat(node.get("/exec/default/web/main?command=ls&output=maybe").statusCode())
        .isEqualTo(400);
    assertThat(node.get("/portForward/default/web").statusCode()).isEqualTo(400);
    assertThat(node.post("/pods").statusCode()).isEqualTo(405);
    assertThat(node.get("/run/default/web/main?cmd=speak").statusCode()).isEqualTo(405);
  }

  @Test
  void requestThatIsTooLong_isRefused() throws Exception {
    HttpResponse<String> answer = node.get("/healthz?" + "x".repeat(100_000));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Connection")).contains("close");
    assertThat(node.get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void whatTheHypervisorCannot_isNotImplemented() throws Exception {
    node.answer(
        "exec",
        arguments -> {
          throw new UnsupportedException("this hypervisor has no streams into its guests");
        });
    HttpResponse<String> answer = node.post("/run/default/web/main?cmd=speak");
    assertThat(answer.statusCode()).isEqualTo(501);
    assertThat(answer.body()).isEqualTo("this hypervisor has no streams into its guests");
    node.answer(
        "exec",
        arguments -> {
          throw new ConflictException("the container does not run");
        });
    assertThat(node.post("/run/default/web/main?cmd=speak").statusCode()).isEqualTo(409);
    node.answer(
        "exec",
        arguments -> {
          throw new IllegalStateException("secret");
        });
    HttpResponse<String> broken = node.post("/run/default/web/main?cmd=speak");
    assertThat(broken.statusCode()).isEqualTo(500);
    assertThat(broken.body()).doesNotContain("secret");
  }

  @Test
  void run_answersWithAllThatIsPrinted() throws Exception {
    Pod pod = node.vch.host().pods().get(PodKey.of("web"));
    HttpResponse<String> answer =
        node.post("/run/default/web/" + pod.uid() + "/main?cmd=speak%20loud");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("out\n", "err\n");
    HttpResponse<String> failed = node.post("/run/default/web/main?cmd=fail");
    assertThat(failed.statusCode()).isEqualTo(500);
    assertThat(failed.body()).isEqualTo("command 'fail' exited with 3: no\n");
    node.vch.scripts().program("much", Script.printsBytes(new byte[2 << 20]).exits(0));
    assertThat(node.post("/run/default/web/main?cmd=much").body()).contains("use exec");
  }

  private static GuestStats stats(long cpuMillis) {
    return new GuestStats(
        List.of(new GuestStats.Session("main", Duration.ofMillis(cpuMillis), 4096, 8192, 3, 0, 0)),
        List.of(new GuestStats.Network("eth0", 10, 20)),
        1 << 20,
        1 << 19,
        Duration.ofMinutes(1));
  }

  @Test
  void resourceMetrics_areThoseOfAKubelet() throws Exception {
    node.answer("stats", arguments -> stats(1500));
    HttpResponse<String> answer = node.get("/metrics/resource");
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    long now = node.vch.clock().instant().toEpochMilli();
    String labels = "{container=\"main\",namespace=\"default\",pod=\"web\"}";
    assertThat(answer.body().lines())
        .contains(
            "# TYPE node_cpu_usage_seconds_total counter",
            "node_cpu_usage_seconds_total 1.500000000 " + now,
            "node_memory_working_set_bytes 4096 " + now,
            "container_cpu_usage_seconds_total" + labels + " 1.500000000 " + now,
            "container_memory_working_set_bytes" + labels + " 4096 " + now,
            "pod_cpu_usage_seconds_total{namespace=\"default\",pod=\"web\"} 1.500000000 " + now,
            "pod_memory_working_set_bytes{namespace=\"default\",pod=\"web\"} 4096 " + now,
            "resource_scrape_error 0")
        .anyMatch(line -> line.startsWith("container_start_time_seconds" + labels + " 17"));
  }

  @Test
  void podThatDoesNotTell_isLeftOut() throws Exception {
    node.answer(
        "stats",
        arguments -> {
          throw new UnsupportedException("no streams");
        });
    assertThat(node.get("/metrics/resource").body())
        .contains("resource_scrape_error 1\n")
        .doesNotContain("pod=\"web\"");
    assertThat(node.get("/stats/summary").statusCode()).isEqualTo(200);
  }

  @Test
  void summary_tellsUseAndRates() throws Exception {
    node.answer("stats", arguments -> stats(1000));
    ObjectMapper json = new ObjectMapper();
    JsonNode first = json.readTree(node.get("/stats/summary").body());
    assertThat(first.at("/node/nodeName").asText()).isEqualTo("node-1");
    assertThat(first.at("/pods/0/podRef/name").asText()).isEqualTo("web");
    assertThat(first.at("/pods/0/podRef/uid").asText())
        .isEqualTo(node.vch.host().pods().get(PodKey.of("web")).uid());
    assertThat(first.at("/pods/0/containers/0/cpu/usageCoreNanoSeconds").asLong())
        .isEqualTo(1_000_000_000);
    assertThat(first.at("/pods/0/containers/0/cpu/usageNanoCores").isMissingNode()).isTrue();
    assertThat(first.at("/pods/0/network/rxBytes").asLong()).isEqualTo(10);
    assertThat(first.at("/pods/0/process_stats/process_count").asLong()).isEqualTo(3);
    node.answer("stats", arguments -> stats(2000));
    node.vch.clock().advance(Duration.ofSeconds(10));
    JsonNode second = json.readTree(node.get("/stats/summary").body());
    assertThat(second.at("/pods/0/containers/0/cpu/usageNanoCores").asLong())
        .isEqualTo(100_000_000);
    assertThat(second.at("/node/cpu/usageNanoCores").asLong()).isEqualTo(100_000_000);
    assertThat(second.at("/pods/0/memory/workingSetBytes").asLong()).isEqualTo(4096);
  }

  @Test
  void metrics_countPodsAndContainers() throws Exception {
    assertThat(node.get("/metrics").body())
        .contains(
            "kubelet_running_pods 1\n",
            "kubelet_running_containers{container_state=\"running\"} 1\n");
  }

  @Test
  void serverWithoutWhatItNeeds_isNotStarted() throws Exception {
    KubeletServer.Builder bare = KubeletServer.builder(node.vch.host().pods(), () -> "{}");
    assertThatThrownBy(bare::start).isInstanceOf(InvalidArgumentException.class);
    bare.certificate("no", "PEM").authorizer((user, verb, sub) -> true);
    assertThatThrownBy(bare::start).isInstanceOf(InvalidArgumentException.class);
    bare.certificate(KubeletNode.certificates().certificate(), KubeletNode.certificates().key())
        .address(new InetSocketAddress("localhost", node.server.port()));
    assertThatThrownBy(bare::start).isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> bare.maxStreams(0).start())
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void keyInAnOlderForm_isRead(@TempDir Path folder) throws Exception {
    ForeignTool openssl = ForeignTool.named("openssl");
    Path old = folder.resolve("old.key");
    openssl.check("rsa", "-traditional", "-in", KubeletNode.certificates().key(), "-out", old);
    assertThat(Files.readString(old)).startsWith("-----BEGIN RSA PRIVATE KEY-----");
    try (KubeletNode other =
        KubeletNode.start(builder -> builder.certificate(certificate(), old))) {
      assertThat(other.get("/healthz").statusCode()).isEqualTo(200);
    }
    Path curve = folder.resolve("ec.key");
    Path self = folder.resolve("ec.pem");
    openssl.check("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", curve);
    openssl.check(
        "req",
        "-x509",
        "-key",
        curve,
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-out",
        self);
    assertThat(Files.readString(curve)).startsWith("-----BEGIN EC PRIVATE KEY-----");
    KubeletServer.builder(node.vch.host().pods(), () -> "{}")
        .address(new InetSocketAddress("localhost", 0))
        .certificate(self, curve)
        .authorizer((user, verb, sub) -> true)
        .start()
        .close();
  }

  private static Path certificate() {
    try {
      return KubeletNode.certificates().certificate();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
