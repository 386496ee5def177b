package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.RawManifest;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the registry client does when nothing goes wrong, and what it refuses. */
class RegistryClientTest {
  private static final TestImage IMAGE =
      TestImage.builder()
          .layer(layer -> layer.directory("etc").file("etc/motd", "hello"))
          .entrypoint("/bin/app")
          .build();

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final RegistryClient client = RegistryClient.builder().build();

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  @Test
  void manifest_byTag_isWhatTheRegistryHas() {
    ImageSource source = client.open(registry.add("lib/app:1", IMAGE));

    RawManifest manifest = source.manifest();

    assertThat(manifest.content()).isEqualTo(IMAGE.manifest());
    assertThat(manifest.digest()).isEqualTo(IMAGE.manifestDescriptor().digest());
    assertThat(manifest.mediaType()).isEqualTo("application/vnd.oci.image.manifest.v1+json");
  }

  @Test
  void manifest_byTagAndDigest_isThatOfTheDigest() {
    TestImage other = TestImage.builder().env("A", "b").build();
    registry.add("lib/app:1", IMAGE);
    ImageReference moved = registry.add("lib/app:1", other);

    ImageSource source = client.open(moved.withDigest(IMAGE.manifestDescriptor().digest()));

    assertThat(source.manifest().content()).isEqualTo(IMAGE.manifest());
  }

  @Test
  void manifest_ofIndex_leadsToItsImages() {
    TestImage arm = TestImage.builder().platform(Platform.parse("linux/arm64")).build();
    ImageSource source = client.open(registry.addIndex("lib/app:1", List.of(IMAGE, arm)));

    assertThat(source.manifest().mediaType()).isEqualTo("application/vnd.oci.image.index.v1+json");
    assertThat(source.manifest(arm.manifestDescriptor().digest()).content())
        .isEqualTo(arm.manifest());
  }

  @Test
  void blob_isDeliveredWhole() throws IOException {
    ImageSource source = client.open(registry.add("lib/app:1", IMAGE));
    Descriptor layer = IMAGE.layerDescriptors().get(0);

    try (InputStream in = source.blob(layer)) {
      assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(layer.digest());
    }
  }

  @Test
  void blob_empty_isDelivered() throws IOException {
    Digest digest = registry.addBlob("app", new byte[0]);

    try (InputStream in =
        client.open(registry.reference("app")).blob(new Descriptor("x", digest, 0))) {
      assertThat(in.readAllBytes()).isEmpty();
    }
  }

  @Test
  void requests_sayWhoAsks() {
    client.open(registry.add("lib/app:1", IMAGE)).manifest();

    assertThat(registry.requests().get(0).userAgent()).matches("vic4j/[0-9]+\\.[0-9]+\\..*");
  }

  @Test
  void answerWithHugeHeaders_isGivenUp() {
    ImageReference reference = registry.add("lib/app:1", IMAGE);
    registry
        .faults()
        .onPath(".*/manifests/.*")
        .always(RegistryFault.status(200).header("X-Much", "m".repeat(4 << 20)));

    try (RegistryClient once = RegistryClient.builder().retryPolicy(RetryPolicy.NEVER).build()) {
      assertThatThrownBy(() -> once.open(reference).manifest())
          .isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void manifest_ofUnknownTag_isNotFound() {
    registry.add("lib/app:1", IMAGE);

    assertThatThrownBy(() -> client.open(registry.reference("lib/app:2")).manifest())
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(registry.address() + "/lib/app:2")
        .hasMessageContaining("MANIFEST_UNKNOWN: manifest unknown")
        .extracting(e -> ((NotFoundException) e).kind())
        .isEqualTo("image");
  }

  @Test
  void blob_unknown_isNotFoundAtOnce() {
    ImageSource source = client.open(registry.add("lib/app:1", IMAGE));
    Digest unknown = Digest.sha256("unknown");

    assertThatThrownBy(() -> source.blob(new Descriptor("x", unknown, 7)))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(unknown.toString());
  }

  @Test
  void manifest_withOtherContentThanItsDigest_isCorrupt() {
    ImageReference reference = registry.add("lib/app:1", IMAGE);
    Digest digest = IMAGE.manifestDescriptor().digest();
    registry.faults().onPath(".*/manifests/.*").always(RegistryFault.corruptAt(3));

    assertThatThrownBy(() -> client.open(reference).manifest(digest))
        .isInstanceOfSatisfying(
            CorruptException.class, e -> assertThat(e.expected()).contains(digest));
  }

  @Test
  void manifest_byTagWithOtherContentThanPromised_isCorrupt() {
    ImageReference reference = registry.add("lib/app:1", IMAGE);
    registry
        .faults()
        .onPath(".*/manifests/.*")
        .always(RegistryFault.promising(Digest.sha256("other")));

    assertThatThrownBy(() -> client.open(reference).manifest())
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void manifest_longerThanAllowed_isRefused() {
    ImageReference reference =
        registry.addManifest("app:1", "application/json", new byte[(4 << 20) + 1]);

    assertThatThrownBy(() -> client.open(reference).manifest())
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("4194304");
  }

  @Test
  void manifest_longerThanAllowedAndUnsaid_isRefused() {
    ImageReference reference = registry.add("app:1", IMAGE);
    registry.faults().onPath(".*/manifests/.*").always(RegistryFault.paddedUnsaid(5 << 20));

    assertThatThrownBy(() -> client.open(reference).manifest())
        .isInstanceOf(UnsupportedException.class);
  }

  @Test
  void manifest_fromClosedPort_isUnavailableAtOnce() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    assertThatThrownBy(
            () -> client.open(ImageReference.parse("127.0.0.1:" + port + "/app")).manifest())
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("127.0.0.1:" + port)
        .hasMessageNotContaining("attempts");
  }

  @Test
  void manifest_fromUnknownHost_isUnavailableAtOnce() {
    assertThatThrownBy(() -> client.open(ImageReference.parse("registry.invalid/app")).manifest())
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("host registry.invalid is not known");
  }

  @Test
  void manifest_fromOutdatedErrorPage_quotesItShortly() {
    ImageReference reference = registry.add("app:1", IMAGE);
    registry
        .faults()
        .onPath(".*/manifests/.*")
        .always(
            RegistryFault.status(400)
                .saying("<html><head><title>x</title></head><body><h1>Bad\n gateway</h1></body>"));

    assertThatThrownBy(() -> client.open(reference).manifest())
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageEndingWith("HTTP 400 (Bad gateway)");
  }

  @Test
  void close_ofSource_endsABlockedRead() throws Exception {
    ImageSource source = client.open(registry.add("lib/app:1", IMAGE));
    registry.faults().onPath(".*/blobs/.*").always(RegistryFault.stallAfter(3));
    InputStream in = source.blob(IMAGE.layerDescriptors().get(0));
    CompletableFuture<Object> read = new CompletableFuture<>();
    CountDownLatch reading = new CountDownLatch(1);
    Thread reader =
        new Thread(
            () -> {
              reading.countDown();
              try {
                read.complete(in.readAllBytes());
              } catch (IOException | RuntimeException e) {
                read.complete(e);
              }
            });
    reader.start();
    reading.await();
    Awaitility.await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);

    source.close();

    assertThat(read.get()).isInstanceOf(CancelledException.class);
    reader.join();
  }

  @Test
  void interruption_endsABlockedReadAndKeepsTheFlag() throws Exception {
    ImageSource source = client.open(registry.add("lib/app:1", IMAGE));
    registry.faults().onPath(".*/blobs/.*").always(RegistryFault.stallAfter(3));
    InputStream in = source.blob(IMAGE.layerDescriptors().get(0));
    AtomicReference<Object> outcome = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                outcome.set(in.readAllBytes());
              } catch (IOException | RuntimeException e) {
                outcome.set(e.getClass().getSimpleName() + Thread.currentThread().isInterrupted());
              }
            });
    reader.start();
    Awaitility.await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);

    reader.interrupt();
    reader.join();

    assertThat(outcome.get()).isEqualTo("CancelledExceptiontrue");
  }

  @Test
  void open_afterClose_isMisuse() {
    client.close();

    assertThatThrownBy(() -> client.open(registry.reference("app")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void close_endsAllThreads() {
    Set<Thread> before = Thread.getAllStackTraces().keySet(); // Those of other tests.
    RegistryClient other = RegistryClient.builder().build();
    other.open(registry.add("lib/app:1", IMAGE)).manifest();
    client.close();
    other.close();

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              System.gc();
              return Thread.getAllStackTraces().keySet().stream()
                  .filter(thread -> !before.contains(thread))
                  .map(Thread::getName)
                  .noneMatch(name -> name.startsWith("vic4j-") || name.startsWith("HttpClient-"));
            });
  }
}
