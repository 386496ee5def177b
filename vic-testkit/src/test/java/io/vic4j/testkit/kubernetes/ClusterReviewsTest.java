package io.vic4j.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.vic4j.core.UnavailableException;
import io.vic4j.pod.kubernetes.kubelet.KubeletUser;
import io.vic4j.pod.kubernetes.node.ClusterReviews;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.VirtualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose tokens are and what they may, as the cluster says. */
final class ClusterReviewsTest {
  private static final String TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final String ACCESS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

  private final ObjectMapper json = new ObjectMapper();
  private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
  private final VirtualClock clock = VirtualClock.manual();
  private HttpServer server;
  private KubernetesClient client;
  private ClusterReviews reviews;
  private volatile boolean isDown;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    server.createContext("/", this::answer);
    server.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .build();
    reviews = ClusterReviews.of(client, "vic-1", clock);
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  /** Knows one token, whose owner may read metrics. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      ObjectNode review = (ObjectNode) json.readTree(exchange.getRequestBody());
      asked.add(review.deepCopy());
      ObjectNode status = review.putObject("status");
      if (exchange.getRequestURI().getPath().equals(TOKENS)) {
        boolean known = review.at("/spec/token").asText().equals("sesame");
        status.put("authenticated", known);
        if (known) {
          ObjectNode user = status.putObject("user").put("username", "ali").put("uid", "u-1");
          user.putArray("groups").add("readers");
          user.putObject("extra").putArray("scopes").add("all");
        }
      } else if (exchange.getRequestURI().getPath().equals(ACCESS)) {
        status.put(
            "allowed",
            review.at("/spec/resourceAttributes/subresource").asText().equals("metrics"));
      }
      byte[] body = json.writeValueAsBytes(review);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(isDown ? 500 : 201, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private JsonNode last() {
    return asked.get(asked.size() - 1);
  }

  @Test
  void aToken_isItsOwners() {
    assertThat(reviews.authenticate("sesame"))
        .contains(
            new KubeletUser("ali", "u-1", List.of("readers"), Map.of("scopes", List.of("all"))));
    assertThat(reviews.authenticate("mellon")).isEmpty();
  }

  @Test
  void aUser_mayWhatTheClusterSays_andIsAskedAboutOnceInHalfAMinute() {
    KubeletUser ali =
        new KubeletUser("ali", "u-1", List.of("readers"), Map.of("scopes", List.of("all")));
    assertThat(reviews.allows(ali, "get", "metrics")).isTrue();
    assertThat(last().at("/spec/user").asText()).isEqualTo("ali");
    assertThat(last().at("/spec/uid").asText()).isEqualTo("u-1");
    assertThat(last().at("/spec/groups/0").asText()).isEqualTo("readers");
    assertThat(last().at("/spec/extra/scopes/0").asText()).isEqualTo("all");
    JsonNode about = last().at("/spec/resourceAttributes");
    assertThat(about.path("verb").asText()).isEqualTo("get");
    assertThat(about.path("resource").asText()).isEqualTo("nodes");
    assertThat(about.path("name").asText()).isEqualTo("vic-1");
    assertThat(about.path("version").asText()).isEqualTo("v1");

    assertThat(reviews.allows(ali, "get", "proxy")).isFalse();
    assertThat(reviews.allows(ali, "get", "proxy")).isFalse();
    assertThat(reviews.allows(ali, "get", "metrics")).isTrue();
    assertThat(asked).hasSize(2);
    clock.advance(Duration.ofSeconds(31));
    assertThat(reviews.allows(ali, "get", "metrics")).isTrue();
    assertThat(asked).hasSize(3);
  }

  @Test
  void aClusterThatDoesNotAnswer_leavesItOpen() {
    isDown = true;
    assertThatThrownBy(() -> reviews.authenticate("sesame"))
        .isInstanceOf(UnavailableException.class)
        .hasMessageNotContaining("sesame");
    KubeletUser ali = KubeletUser.of("ali", List.of());
    assertThatThrownBy(() -> reviews.allows(ali, "get", "metrics"))
        .isInstanceOf(UnavailableException.class);
    isDown = false;
    assertThat(reviews.allows(ali, "get", "metrics")).isTrue();
  }

  @Test
  void aNode_asksThem() throws Exception {
    try (KubeletNode node = KubeletNode.start(it -> it.tokens(reviews).authorizer(reviews))) {
      node.pod("web", Script.runsForever());
      assertThat(status(node, "sesame", "/metrics/resource")).isEqualTo(200);
      assertThat(status(node, "sesame", "/containerLogs/default/web/main")).isEqualTo(403);
      assertThat(status(node, "mellon", "/metrics/resource")).isEqualTo(401);
    }
  }

  private static int status(KubeletNode node, String token, String target) throws Exception {
    return KubeletNode.send(
            KubeletNode.certificates().nobody(),
            HttpRequest.newBuilder(node.uri(target)).header("Authorization", "Bearer " + token))
        .statusCode();
  }
}
