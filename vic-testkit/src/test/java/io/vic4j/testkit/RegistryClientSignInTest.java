package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ImageReference;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.Credentials;
import io.vic4j.image.registry.RegistryClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** How the registry client signs in, and where its credentials do not go. */
class RegistryClientSignInTest {
  private static final TestImage IMAGE =
      TestImage.builder().layer(layer -> layer.file("a", "b".repeat(200_000))).build();
  private static final Descriptor LAYER = IMAGE.layerDescriptors().get(0);
  private static final String SECRET = "s3cr3t-pässword";
  private static final CredentialSource ANNA =
      registry -> Optional.of(Credentials.basic("anna", SECRET));

  private static List<String> authorizations(EmbeddedRegistry registry, String server) {
    return registry.requests().stream()
        .filter(request -> request.server().equals(server))
        .map(RegistryRequest::authorization)
        .toList();
  }

  private static long tokenRequests(EmbeddedRegistry registry) {
    return registry.requests().stream().filter(r -> r.path().equals("/token")).count();
  }

  private static String stackTrace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void openRegistry_seesNoCredentials() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().credentials(ANNA).build()) {
      client.open(registry.add("app:1", IMAGE)).manifest();

      assertThat(authorizations(registry, "registry")).containsExactly("");
    }
  }

  @Test
  void basicAuthentication_isSentOnceAskedForAndKept() {
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().basicAuthentication("anna", SECRET).start();
        RegistryClient client = RegistryClient.builder().credentials(ANNA).build()) {
      ImageReference reference = registry.add("app:1", IMAGE);
      client.open(reference).manifest();
      client.open(reference).manifest();

      assertThat(authorizations(registry, "registry")).containsExactly("", "Basic", "Basic");
    }
  }

  @Test
  void wrongPassword_isUnauthorizedAndNamesTheUserOnly() {
    CredentialSource wrong = registry -> Optional.of(Credentials.basic("anna", "wr0ng"));
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().basicAuthentication("anna", SECRET).start();
        RegistryClient client = RegistryClient.builder().credentials(wrong).build()) {
      ImageReference reference = registry.add("app:1", IMAGE);

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnauthorizedException.class)
          .hasMessageContaining("asked as user 'anna'")
          .hasMessageContaining("UNAUTHORIZED: authentication required")
          .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("wr0ng"));
    }
  }

  @Test
  void noCredentials_isUnauthorizedAndSaysHowToGiveThem() {
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().basicAuthentication("anna", SECRET).start();
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference reference = registry.add("app:1", IMAGE);

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnauthorizedException.class)
          .hasMessageContaining("RegistryClient.Builder.credentials");
    }
  }

  @Test
  void anonymousToken_isFetchedOnceForARepository() throws IOException {
    try (EmbeddedRegistry registry = EmbeddedRegistry.builder().tokens().start();
        RegistryClient client = RegistryClient.builder().build();
        ImageSource source = client.open(registry.add("lib/app:1", IMAGE))) {
      source.manifest();
      source.blob(LAYER).close();

      assertThat(tokenRequests(registry)).isEqualTo(1);
      assertThat(authorizations(registry, "registry")).containsExactly("", "", "Bearer", "Bearer");
      assertThat(
              registry.requests().stream().filter(r -> r.path().equals("/token")).toList().get(0))
          .extracting(RegistryRequest::query)
          .isEqualTo(
              "service=embedded+registry&scope=repository%3Alib%2Fapp%3Apull&client_id=vic4j");
    }
  }

  @Test
  void userToken_isFetchedWithThePassword() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.builder().tokens("anna", SECRET).start();
        RegistryClient client = RegistryClient.builder().credentials(ANNA).build()) {
      client.open(registry.add("lib/app:1", IMAGE)).manifest();

      assertThat(authorizations(registry, "registry")).containsExactly("", "Basic", "Bearer");
    }
  }

  @Test
  void userToken_refused_isUnauthorizedAndSaysWhoAsked() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.builder().tokens("bert", "x").start();
        RegistryClient client = RegistryClient.builder().credentials(ANNA).build()) {
      ImageReference reference = registry.add("lib/app:1", IMAGE);

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnauthorizedException.class)
          .hasMessageContaining("token server")
          .hasMessageContaining("as user 'anna'")
          .satisfies(e -> assertThat(stackTrace(e)).doesNotContain(SECRET));
    }
  }

  @Test
  void identityToken_isExchanged() {
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().tokens("anna", SECRET).identityToken("id-4711").start();
        RegistryClient client =
            RegistryClient.builder()
                .credentials(name -> Optional.of(Credentials.identityToken("id-4711")))
                .build()) {
      client.open(registry.add("lib/app:1", IMAGE)).manifest();

      RegistryRequest exchange =
          registry.requests().stream().filter(r -> r.path().equals("/token")).toList().get(0);
      assertThat(exchange.method()).isEqualTo("POST");
      assertThat(exchange.query()).isEmpty();
    }
  }

  @Test
  void tokenThatTheRegistryForgot_isRefreshedInTheMiddleOfAPull() throws IOException {
    try (EmbeddedRegistry registry = EmbeddedRegistry.builder().tokens().start();
        RegistryClient client =
            RegistryClient.builder().sleeper(wait -> registry.expireTokens()).build();
        ImageSource source = client.open(registry.add("lib/app:1", IMAGE))) {
      source.manifest();
      registry.faults().onPath(".*/blobs/.*").nth(1, RegistryFault.dropAfter(100));

      try (InputStream in = source.blob(LAYER)) {
        assertThat(in.readAllBytes()).hasSize((int) LAYER.sizeBytes());
      }

      assertThat(tokenRequests(registry)).isEqualTo(2);
    }
  }

  @Test
  void tokenThatHasExpired_isReplacedBeforeItIsSent() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder().tokens().tokenLifetime(Duration.ofMinutes(2)).start();
        RegistryClient client = RegistryClient.builder().clock(now::get).build();
        ImageSource source = client.open(registry.add("lib/app:1", IMAGE))) {
      source.manifest();
      now.set(Instant.EPOCH.plusSeconds(100));
      source.manifest();
      assertThat(tokenRequests(registry)).isEqualTo(1);

      now.set(Instant.EPOCH.plusSeconds(115));
      source.manifest();

      assertThat(tokenRequests(registry)).isEqualTo(2);
      assertThat(authorizations(registry, "registry"))
          .containsExactly("", "", "Bearer", "Bearer", "", "Bearer");
    }
  }

  @Test
  void manyThreads_fetchOneToken() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (EmbeddedRegistry registry = EmbeddedRegistry.builder().tokens().start();
        RegistryClient client = RegistryClient.builder().build();
        ImageSource source = client.open(registry.add("lib/app:1", IMAGE))) {
      List<Future<?>> pulls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        pulls.add(threads.submit(() -> source.manifest()));
      }
      for (Future<?> pull : pulls) {
        pull.get();
      }

      assertThat(tokenRequests(registry)).isEqualTo(1);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void redirectedBlob_seesNoCredentials() throws IOException {
    try (EmbeddedRegistry registry =
            EmbeddedRegistry.builder()
                .basicAuthentication("anna", SECRET)
                .blobsElsewhere()
                .start();
        RegistryClient client = RegistryClient.builder().credentials(ANNA).build();
        ImageSource source = client.open(registry.add("lib/app:1", IMAGE))) {
      try (InputStream in = source.blob(LAYER)) {
        assertThat(in.readAllBytes()).hasSize((int) LAYER.sizeBytes());
      }

      assertThat(authorizations(registry, "storage")).containsExactly("");
      assertThat(authorizations(registry, "registry")).containsExactly("", "Basic");
    }
  }

  @Test
  void redirectedBlob_thatBreaksOff_isAskedForAtTheRegistryAgain() throws IOException {
    try (EmbeddedRegistry registry = EmbeddedRegistry.builder().blobsElsewhere().start();
        RegistryClient client = RegistryClient.builder().sleeper(wait -> {}).build();
        ImageSource source = client.open(registry.add("lib/app:1", IMAGE))) {
      registry
          .faults()
          .onPath("/storage/.*")
          .nth(1, RegistryFault.dropAfter(100))
          .onPath("/storage/.*")
          .nth(2, RegistryFault.status(403).saying("signature has run out"));

      try (InputStream in = source.blob(LAYER)) {
        assertThat(in.readAllBytes()).hasSize((int) LAYER.sizeBytes());
      }

      assertThat(registry.blobFetches(LAYER.digest())).isEqualTo(3);
    }
  }

  @Test
  void endlessRedirects_areGivenUp() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference reference = registry.add("app:1", IMAGE);
      registry
          .faults()
          .onPath(".*/manifests/.*")
          .always(RegistryFault.redirect("/v2/app/manifests/1"));

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("redirects more than 5 times");
      assertThat(registry.requests()).hasSize(6);
    }
  }

  @Test
  void redirectsToOddPlaces_areNotFollowed() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference reference = registry.add("app:1", IMAGE);
      for (String odd :
          List.of(
              "file:///etc/passwd",
              "ftp://example.invalid/x",
              "http://user:pw@127.0.0.1:1/x",
              "http:///x",
              "not a place")) {
        registry.faults().clear();
        registry.faults().onPath(".*/manifests/.*").always(RegistryFault.redirect(odd));

        assertThatThrownBy(() -> client.open(reference).manifest())
            .as(odd)
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining("not followed");
      }
    }
  }

  @Test
  void tokenServersAtOddPlaces_areNotAsked() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().credentials(ANNA).build()) {
      ImageReference reference = registry.add("app:1", IMAGE);
      for (String odd :
          List.of(
              "http://token.invalid/",
              "file:///etc/passwd",
              "https://user@token.invalid/",
              "/token",
              "",
              "https://token.invalid/ x")) {
        registry.faults().clear();
        registry
            .faults()
            .onPath(".*/manifests/.*")
            .always(
                RegistryFault.status(401)
                    .header("WWW-Authenticate", "Bearer realm=\"" + odd + "\""));

        assertThatThrownBy(() -> client.open(reference).manifest())
            .as(odd)
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining("token server that is not asked");
      }
    }
  }

  @Test
  void tokensThatNoHeaderCanHold_areRefusedWithoutQuotingThem() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.builder().tokens().start();
        RegistryClient client = RegistryClient.builder().build()) {
      ImageReference reference = registry.add("app:1", IMAGE);
      registry
          .faults()
          .onPath("/token")
          .always(RegistryFault.status(200).saying("{\"token\":\"a\\r\\nX-Evil: b\"}"));

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(VicException.class)
          .hasMessageContaining("without a usable token")
          .hasMessageNotContaining("Evil");
    }
  }

  @Test
  void unknownSchemes_areRefusedByName() {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().credentials(ANNA).build()) {
      ImageReference reference = registry.add("app:1", IMAGE);
      registry
          .faults()
          .onPath(".*/manifests/.*")
          .always(RegistryFault.status(401).header("WWW-Authenticate", "Negotiate"));

      assertThatThrownBy(() -> client.open(reference).manifest())
          .isInstanceOf(UnauthorizedException.class)
          .hasMessageContaining("[negotiate]");
    }
  }
}
