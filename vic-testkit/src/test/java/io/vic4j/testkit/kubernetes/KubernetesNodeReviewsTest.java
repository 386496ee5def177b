package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.mockwebserver.http.MockResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whose a token is, and who may do what to a node, the API server is asked. */
@Timeout(60)
final class KubernetesNodeReviewsTest {
  private static final String TOKENS = "POST /apis/authentication.k8s.io/v1/tokenreviews";
  private static final String RIGHTS = "POST /apis/authorization.k8s.io/v1/subjectaccessreviews";

  private final NodeCluster cluster = new NodeCluster();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
  private volatile boolean isKnown = true;
  private volatile boolean isAllowed = true;
  private volatile boolean isDown;
  private int port;

  @BeforeEach
  void start() throws Exception {
    KubeletCertificates certificates = KubeletNode.certificates();
    cluster.options(
        it ->
            it.kubelet(
                kubelet ->
                    kubelet
                        .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .certificate(certificates.certificate(), certificates.key())
                        .clientCa(certificates.ca())));
    cluster.api.faults(
        line -> {
          if (!line.equals(TOKENS) && !line.equals(RIGHTS)) {
            return Optional.empty();
          }
          requests.computeIfAbsent(line, key -> new AtomicInteger()).incrementAndGet();
          if (isDown) {
            return Optional.of(ApiServer.failure(500, "InternalError"));
          }
          String status =
              line.equals(TOKENS)
                  ? "{\"authenticated\":" + isKnown + ",\"user\":{\"username\":\"bob\"}}"
                  : "{\"allowed\":" + isAllowed + "}";
          return Optional.of(
              new MockResponse()
                  .setResponseCode(201)
                  .setHeader("Content-Type", "application/json")
                  .setBody("{\"status\":" + status + "}"));
        });
    port = cluster.start().kubeletPort().getAsInt();
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  private int asked(String request) {
    return requests.computeIfAbsent(request, key -> new AtomicInteger()).get();
  }

  private int get(String token) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/metrics"))
            .header("Authorization", "Bearer " + token);
    return KubeletNode.send(KubeletNode.certificates().nobody(), request).statusCode();
  }

  @Test
  void whoIsKnown_andMay_isLetIn_andAskedAboutOnce() throws Exception {
    assertThat(get("a")).isEqualTo(200);
    assertThat(get("a")).isEqualTo(200);
    assertThat(asked(TOKENS)).isEqualTo(1);
    assertThat(asked(RIGHTS)).isEqualTo(1);
  }

  @Test
  void whoIsNotKnown_isNotLetIn() throws Exception {
    isKnown = false;
    assertThat(get("a")).isEqualTo(401);
    assertThat(asked(RIGHTS)).isZero();
  }

  @Test
  void whoMayNot_isRefused_andAskedAboutAgainLater() throws Exception {
    isAllowed = false;
    assertThat(get("a")).isEqualTo(403);
    isAllowed = true;
    assertThat(get("a")).isEqualTo(403);
    cluster.clock.advance(Duration.ofSeconds(31));
    assertThat(get("a")).isEqualTo(200);
  }

  @Test
  void anApiServerThatDoesNotAnswer_isNoRefusal() throws Exception {
    isDown = true;
    assertThat(get("a")).isEqualTo(503);
    isDown = false;
    assertThat(get("a")).isEqualTo(200);
  }
}
