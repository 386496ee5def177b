package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every fault that an embedded registry can have ends in success or in a typed error. */
class RegistryClientRetryTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final int SIZE = 1 << 20;
  private static final String MANIFESTS = ".*/manifests/.*";
  private static final String BLOBS = ".*/blobs/.*";

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
  private final RegistryClient client =
      RegistryClient.builder()
          .retryPolicy(
              new RetryPolicy(
                  4, Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofMinutes(1)))
          .sleeper(waits::add)
          .clock(InstantSource.fixed(NOW))
          .stallTimeout(Duration.ofMillis(150))
          .responseTimeout(Duration.ofSeconds(20))
          .build();

  private final byte[] content = new byte[SIZE];
  private final Descriptor blob;
  private final ImageReference reference;
  private final ImageSource source;

  RegistryClientRetryTest() {
    new Random(1).nextBytes(content);
    blob = new Descriptor("application/octet-stream", registry.addBlob("app", content), SIZE);
    reference = registry.add("app:1", TestImage.builder().env("A", "b").build());
    source = client.open(reference);
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  private byte[] pullBlob() throws IOException {
    try (InputStream in = source.blob(blob)) {
      return in.readAllBytes();
    }
  }

  private List<String> blobRanges() {
    return registry.requests().stream()
        .filter(RegistryRequest::isBlobFetch)
        .map(RegistryRequest::range)
        .toList();
  }

  @Test
  void serverErrors_areTriedAgainAfterGrowingWaits() {
    registry.faults().onPath(MANIFESTS).first(3, RegistryFault.status(503));

    assertThat(source.manifest().content().size()).isPositive();

    assertThat(waits).hasSize(3);
    assertThat(waits.get(0)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
    assertThat(waits.get(1)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    assertThat(waits.get(2)).isBetween(Duration.ofMillis(1500), Duration.ofSeconds(3));
  }

  @Test
  void serverErrors_thatDoNotPass_areUnavailable() {
    registry.faults().onPath(MANIFESTS).always(RegistryFault.status(503).saying("tea time"));

    assertThatThrownBy(source::manifest)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("after 4 attempts")
        .hasMessageContaining(registry.address() + " answered HTTP 503 (tea time)");
  }

  @Test
  void tooManyRequests_areTriedAgainWhenTheRegistryWants() {
    registry.faults().onPath(MANIFESTS).nth(1, RegistryFault.status(429).retryAfterSeconds(7));

    source.manifest();

    assertThat(waits).containsExactly(Duration.ofSeconds(7));
  }

  @Test
  void retryAfter_asDate_isUnderstood() {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(NOW.plusSeconds(9).atOffset(ZoneOffset.UTC));
    registry
        .faults()
        .onPath(MANIFESTS)
        .nth(1, RegistryFault.status(429).header("Retry-After", date));

    source.manifest();

    assertThat(waits).containsExactly(Duration.ofSeconds(9));
  }

  @Test
  void retryAfter_beyondTheLimit_isCapped() {
    registry.faults().onPath(MANIFESTS).nth(1, RegistryFault.status(429).retryAfterSeconds(86_400));

    source.manifest();

    assertThat(waits).containsExactly(Duration.ofMinutes(1));
  }

  @Test
  void tooManyRequests_thatDoNotPass_sayWhenToComeBack() {
    registry.faults().onPath(MANIFESTS).always(RegistryFault.status(429).retryAfterSeconds(3600));

    assertThatThrownBy(source::manifest)
        .isInstanceOfSatisfying(
            UnavailableException.class,
            e -> assertThat(e.retryAfter()).contains(Duration.ofHours(1)));
  }

  @Test
  void hangUp_isTriedAgain() {
    registry.faults().onPath(MANIFESTS).first(2, RegistryFault.hangUp());

    assertThat(source.manifest().content().size()).isPositive();
  }

  @Test
  void truncatedManifest_isCorrupt() {
    registry.faults().onPath(MANIFESTS).always(RegistryFault.truncatedTo(5));

    assertThatThrownBy(source::manifest).isInstanceOf(CorruptException.class);
  }

  @Test
  void droppedManifest_isTriedAgain() {
    registry.faults().onPath(MANIFESTS).nth(1, RegistryFault.dropAfter(5));

    assertThat(source.manifest().content().size()).isPositive();
  }

  @Test
  void droppedBlob_goesOnWhereItBrokeOff() throws IOException {
    registry.faults().onPath(BLOBS).nth(1, RegistryFault.dropAfter(300_000));

    assertThat(pullBlob()).isEqualTo(content);

    assertThat(blobRanges()).containsExactly("", "bytes=300000-");
  }

  @Test
  void droppedBlob_thatGetsOn_maybeDroppedMoreOftenThanThereAreAttempts() throws IOException {
    registry.faults().onPath(BLOBS).first(9, RegistryFault.dropAfter(100_000));

    assertThat(pullBlob()).isEqualTo(content);

    assertThat(blobRanges()).hasSize(10);
  }

  @Test
  void droppedBlob_thatDoesNotGetOn_isUnavailable() {
    registry.faults().onPath(BLOBS).always(RegistryFault.dropAfter(10));

    assertThatThrownBy(this::pullBlob)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(blob.digest().toString());
    assertThat(blobRanges()).hasSize(4);
  }

  @Test
  void droppedBlob_fromRegistryWithoutRange_skipsWhatIsKnown() throws IOException {
    registry
        .faults()
        .onPath(BLOBS)
        .nth(1, RegistryFault.dropAfter(300_000))
        .onPath(BLOBS)
        .first(9, RegistryFault.ignoringRange());

    assertThat(pullBlob()).isEqualTo(content);
  }

  @Test
  void droppedBlob_answeredWithAnotherPart_isAskedForWhole() throws IOException {
    registry
        .faults()
        .onPath(BLOBS)
        .nth(1, RegistryFault.dropAfter(300_000))
        .onPath(BLOBS)
        .nth(2, RegistryFault.contentRange("bytes 5-" + (SIZE - 1) + "/" + SIZE));

    assertThat(pullBlob()).isEqualTo(content);

    assertThat(blobRanges()).containsExactly("", "bytes=300000-", "");
  }

  @Test
  void droppedBlob_thatChangedItsLength_isCorrupt() {
    registry
        .faults()
        .onPath(BLOBS)
        .nth(1, RegistryFault.dropAfter(300_000))
        .onPath(BLOBS)
        .nth(2, RegistryFault.contentRange("bytes 300000-4999999/5000000"));

    assertThatThrownBy(this::pullBlob).isInstanceOf(CorruptException.class);
  }

  @Test
  void stalledBlob_goesOnWhereItStalled() throws IOException {
    registry.faults().onPath(BLOBS).nth(1, RegistryFault.stallAfter(200_000));

    assertThat(pullBlob()).isEqualTo(content);

    assertThat(blobRanges()).containsExactly("", "bytes=200000-");
  }

  @Test
  void corruptBlob_isDeliveredForTheReaderToJudge() throws IOException {
    registry.faults().onPath(BLOBS).always(RegistryFault.corruptAt(1000));

    assertThat(Digest.sha256(pullBlob())).isNotEqualTo(blob.digest());
  }

  @Test
  void blob_saidToBeShorter_isCorrupt() {
    registry.faults().onPath(BLOBS).always(RegistryFault.truncatedTo(1000));

    assertThatThrownBy(this::pullBlob)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("should have 1048576 bytes, the registry has 1000");
  }

  @Test
  void blob_thatIsShorterUnsaid_isCorrupt() {
    registry.faults().onPath(BLOBS).always(RegistryFault.truncatedUnsaid(1000));

    assertThatThrownBy(this::pullBlob).isInstanceOf(CorruptException.class);
  }

  @Test
  void blob_thatIsLongerUnsaid_isCorrupt() {
    registry.faults().onPath(BLOBS).always(RegistryFault.paddedUnsaid(1));

    assertThatThrownBy(this::pullBlob)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("more than the 1048576 bytes");
  }

  @Test
  void interruptedWait_isCancelled() {
    registry.faults().onPath(MANIFESTS).always(RegistryFault.status(503));
    try (RegistryClient impatient =
        RegistryClient.builder()
            .sleeper(
                wait -> {
                  throw new InterruptedException();
                })
            .build()) {
      assertThatThrownBy(() -> impatient.open(reference).manifest())
          .isInstanceOf(CancelledException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
