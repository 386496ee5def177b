package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.RefusedException;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RegistryPolicy;
import io.vic4j.image.registry.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which hosts a registry client asks: mirrors, and what a policy leaves. */
class RegistryRoutesTest {
  private static final int SIZE = 1 << 20;
  private static final TestImage IMAGE = TestImage.builder().env("A", "b").build();

  private final EmbeddedRegistry mirror = EmbeddedRegistry.start();
  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final byte[] content = new byte[SIZE];
  private final Descriptor blob;

  RegistryRoutesTest() {
    new Random(1).nextBytes(content);
    blob = new Descriptor("x", registry.addBlob("app", content), SIZE);
  }

  @AfterEach
  void stop() {
    mirror.close();
    registry.close();
  }

  private RegistryClient.Builder client() {
    return RegistryClient.builder().retryPolicy(RetryPolicy.NEVER);
  }

  private RegistryClient mirrored(String path) {
    return client().mirror(registry.address(), mirror.address() + path).build();
  }

  private static byte[] read(ImageSource source, Descriptor blob) throws IOException {
    try (InputStream in = source.blob(blob)) {
      return in.readAllBytes();
    }
  }

  @Test
  void mirror_isAskedInsteadOfTheRegistry() throws IOException {
    mirror.add("app:1", IMAGE);
    mirror.addBlob("app", content);
    try (RegistryClient client = mirrored("");
        ImageSource source = client.open(registry.reference("app:1"))) {
      assertThat(source.name()).isEqualTo(registry.reference("app:1").toString());
      assertThat(source.manifest().content()).isEqualTo(IMAGE.manifest());
      assertThat(read(source, blob)).isEqualTo(content);
      assertThat(registry.requests()).isEmpty();
    }
  }

  @Test
  void mirrorBelowAPath_isAskedThere() {
    mirror.add("hub/app:1", IMAGE);
    try (RegistryClient client = mirrored("/hub")) {
      assertThat(client.open(registry.reference("app:1")).manifest().content())
          .isEqualTo(IMAGE.manifest());
    }
  }

  @Test
  void whatTheMirrorDoesNotHave_comesFromTheRegistry() throws IOException {
    registry.add("app:1", IMAGE);
    try (RegistryClient client = mirrored("");
        ImageSource source = client.open(registry.reference("app:1"))) {
      source.manifest();
      assertThat(read(source, blob)).isEqualTo(content);
      assertThat(mirror.blobFetches(blob.digest())).isEqualTo(1);
      assertThat(registry.blobFetches(blob.digest())).isEqualTo(1);
    }
  }

  @Test
  void mirrorThatIsGone_isAskedOnce() throws IOException {
    registry.add("app:1", IMAGE);
    mirror.faults().onPath(".*").always(RegistryFault.status(503));
    try (RegistryClient client = mirrored("");
        ImageSource source = client.open(registry.reference("app:1"))) {
      source.manifest();
      read(source, blob);
      assertThat(mirror.requests()).hasSize(1);
    }
  }

  @Test
  void manifestThatTheMirrorDamages_comesFromTheRegistry() {
    mirror.add("app:1", IMAGE);
    registry.add("app:1", IMAGE);
    mirror.faults().onPath(".*/manifests/.*").always(RegistryFault.corruptAt(5));
    try (RegistryClient client = mirrored("")) {
      ImageReference pinned =
          registry.reference("app:1").withDigest(IMAGE.manifestDescriptor().digest());
      assertThat(client.open(pinned).manifest().content()).isEqualTo(IMAGE.manifest());
    }
  }

  @Test
  void blobThatBreaksOffAtTheMirror_goesOnAtTheRegistryWhereItBrokeOff() throws IOException {
    mirror.addBlob("app", content);
    mirror.faults().onPath(".*/blobs/.*").always(RegistryFault.dropAfter(400_000));
    try (RegistryClient client = mirrored("");
        ImageSource source = client.open(registry.reference("app:1"))) {
      assertThat(read(source, blob)).isEqualTo(content);

      List<String> ranges =
          registry.requests().stream()
              .filter(RegistryRequest::isBlobFetch)
              .map(RegistryRequest::range)
              .toList();
      assertThat(ranges).hasSize(1);
      long from = Long.parseLong(ranges.get(0).replaceAll("[^0-9]", ""));
      assertThat(from).isBetween(1L, 400_000L);
    }
  }

  @Test
  void whatNobodyHas_isNotFoundAndTheMirrorsFailureIsKept() {
    mirror.faults().onPath(".*").always(RegistryFault.status(503));
    try (RegistryClient client = mirrored("")) {
      assertThatThrownBy(() -> client.open(registry.reference("none:1")).manifest())
          .isInstanceOf(NotFoundException.class)
          .satisfies(
              failure ->
                  assertThat(failure.getSuppressed()[0])
                      .isInstanceOf(UnavailableException.class)
                      .hasMessageContaining(mirror.address()));
    }
  }

  @Test
  void badMirror_isRefused() {
    for (String bad : List.of("https://mirror.example", "", "mirror", "mirror.example/A")) {
      assertThatThrownBy(() -> RegistryClient.builder().mirror("docker.io", bad))
          .isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  void offset_leavesOutWhatIsThereAlready() throws IOException {
    try (RegistryClient client = client().build();
        ImageSource source = client.open(registry.reference("app:1"));
        InputStream in = source.blob(blob, 1000)) {
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, 1000, SIZE));
      assertThat(registry.requests().get(0).range()).isEqualTo("bytes=1000-");
      try (InputStream end = source.blob(blob, SIZE)) {
        assertThat(end.read()).isEqualTo(-1);
      }
      assertThat(registry.requests()).hasSize(1);
    }
  }

  @Test
  void repositoryThatThePolicyRefuses_isNotAskedFor() {
    RegistryPolicy policy =
        RegistryPolicy.builder().deny(registry.address() + "/secret/**").build();
    try (RegistryClient client = client().policy(policy).build()) {
      assertThatThrownBy(() -> client.open(registry.reference("secret/app:1")))
          .isInstanceOf(RefusedException.class);
      assertThat(registry.requests()).isEmpty();
    }
  }

  @Test
  void networkThatThePolicyRefuses_isNotAsked() {
    RegistryPolicy policy = RegistryPolicy.builder().denyNetwork("127.0.0.0/8").build();
    try (RegistryClient client = client().policy(policy).build()) {
      assertThatThrownBy(() -> client.open(registry.reference("app:1")).manifest())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("127.0.0.0/8");
      assertThat(registry.requests()).isEmpty();
    }
  }

  @Test
  void redirectToADeniedHost_isNotFollowed() {
    registry
        .faults()
        .onPath(".*/manifests/.*")
        .always(RegistryFault.redirect("http://" + mirror.address() + "/v2/app/manifests/1"));
    RegistryPolicy policy = RegistryPolicy.builder().deny(mirror.address()).build();
    try (RegistryClient client = client().policy(policy).build()) {
      assertThatThrownBy(() -> client.open(registry.reference("app:1")).manifest())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(mirror.address());
      assertThat(mirror.requests()).isEmpty();
    }
  }

  @Test
  void corruptAnswerOfTheLastRegistry_isCorrupt() {
    registry.add("app:1", IMAGE);
    registry.faults().onPath(".*/manifests/.*").always(RegistryFault.corruptAt(5));
    try (RegistryClient client = mirrored("")) {
      assertThatThrownBy(() -> client.open(registry.reference("app:1")).manifest())
          .isInstanceOf(CorruptException.class);
    }
  }
}
