package io.vic4j.testkit.integration;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A token server for a real registry: it gives {@link DockerRegistry#USER} tokens for all that is
 * asked, and others tokens to pull only. Source: the distribution project's "Token Authentication
 * Implementation".
 */
final class TokenServer implements AutoCloseable {
  static final String SERVICE = "test registry";
  static final String ISSUER = "test issuer";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final HttpServer server;
  private final PrivateKey key;
  private final String certificate;
  private final List<String> scopes = new CopyOnWriteArrayList<>();

  private TokenServer(TestCertificates certificates) throws IOException, GeneralSecurityException {
    String pem = Files.readString(certificates.key()).replaceAll("-----.*?-----|\\s", "");
    this.key =
        KeyFactory.getInstance("RSA")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    try (InputStream in = Files.newInputStream(certificates.certificate())) {
      this.certificate =
          Base64.getEncoder()
              .encodeToString(
                  CertificateFactory.getInstance("X.509").generateCertificate(in).getEncoded());
    }
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    server.createContext("/token", this::answer);
    server.start();
  }

  /** A server whose tokens are signed with the server's key, and believed for its certificate. */
  static TokenServer start(TestCertificates certificates)
      throws IOException, GeneralSecurityException {
    return new TokenServer(certificates);
  }

  /** Where it is. */
  String realm() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
  }

  /** What it was asked for, in order. */
  List<String> scopes() {
    return List.copyOf(scopes);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String pair = DockerRegistry.USER + ":" + DockerRegistry.PASSWORD;
      String basic =
          "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
      boolean user = basic.equals(exchange.getRequestHeaders().getFirst("Authorization"));
      List<Map<String, Object>> access = new ArrayList<>();
      for (String parameter : exchange.getRequestURI().getRawQuery().split("&")) {
        if (parameter.startsWith("scope=")) {
          String scope = URLDecoder.decode(parameter.substring(6), StandardCharsets.UTF_8);
          scopes.add(scope);
          access.add(access(scope, user));
        }
      }
      byte[] body = JSON.writeValueAsBytes(Map.of("token", token(access), "expires_in", 300));
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static Map<String, Object> access(String scope, boolean user) {
    String[] parts = scope.split(":");
    return Map.of(
        "type",
        parts[0],
        "name",
        parts[1],
        "actions",
        user ? List.of(parts[2].split(",")) : List.of("pull"));
  }

  private String token(List<Map<String, Object>> access)
      throws IOException, GeneralSecurityException {
    long now = Instant.now().getEpochSecond();
    String head = part(Map.of("typ", "JWT", "alg", "RS256", "x5c", List.of(certificate)));
    String claims =
        part(
            Map.of(
                "iss", ISSUER, "aud", SERVICE, "sub", "", "exp", now + 300, "nbf", now - 60, "iat",
                now, "jti", "1", "access", access));
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(key);
    signature.update((head + "." + claims).getBytes(StandardCharsets.US_ASCII));
    return head + "." + claims + "." + BASE64.encodeToString(signature.sign());
  }

  private static String part(Map<String, Object> content) throws IOException {
    return BASE64.encodeToString(JSON.writeValueAsBytes(content));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
