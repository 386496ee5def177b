package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large blobs over several connections at once. */
class ParallelRangesTest {
  private static final int SIZE = 34_000_000;
  private static final int PIECES = 5;
  private static final String BLOBS = ".*/blobs/.*";

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final RegistryClient client =
      RegistryClient.builder()
          .parallelRanges(3)
          .retryPolicy(
              new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMinutes(1)))
          .sleeper(wait -> {})
          .build();
  private final Descriptor blob;
  private final ImageSource source;

  ParallelRangesTest() {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);
    blob = new Descriptor("x", registry.addBlob("app", content), SIZE);
    source = client.open(registry.reference("app:1"));
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  private Digest read() throws IOException {
    try (InputStream in = source.blob(blob)) {
      return Digest.sha256(in.readAllBytes());
    }
  }

  private List<String> ranges() {
    return registry.requests().stream().map(RegistryRequest::range).sorted().toList();
  }

  @Test
  void largeBlob_isFetchedInPartsAndOnce() throws IOException {
    assertThat(read()).isEqualTo(blob.digest());

    assertThat(ranges())
        .hasSize(PIECES)
        .contains("bytes=0-8388607", "bytes=8388608-16777215", "bytes=33554432-");
    assertThat(registry.sentBytes(BLOBS)).isEqualTo(SIZE);
  }

  @Test
  void smallBlob_isFetchedWhole() throws IOException {
    byte[] small = new byte[1_000_000];
    Descriptor other = new Descriptor("x", registry.addBlob("app", small), small.length);
    try (InputStream in = source.blob(other)) {
      assertThat(in.readAllBytes()).isEqualTo(small);
    }
    assertThat(ranges()).containsExactly("");
  }

  @Test
  void registryThatGivesNoParts_isAskedOnce() throws IOException {
    registry.faults().onPath(BLOBS).always(RegistryFault.ignoringRange());

    assertThat(read()).isEqualTo(blob.digest());
    assertThat(registry.requests()).hasSize(1);
  }

  @Test
  void partThatBreaksOff_goesOnWhereItBrokeOff() throws IOException {
    registry.faults().onPath(BLOBS).nth(2, RegistryFault.dropAfter(5_000_000));

    assertThat(read()).isEqualTo(blob.digest());
    assertThat(registry.requests()).hasSize(PIECES + 1);
  }

  @Test
  void partThatNeverComes_isUnavailable() throws IOException {
    try (InputStream in = source.blob(blob)) {
      registry.faults().onPath(BLOBS).always(RegistryFault.status(503));
      assertThatThrownBy(in::readAllBytes).isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void offset_beginsThere() throws IOException {
    try (InputStream in = source.blob(blob, SIZE - 33_600_000)) {
      assertThat(in.readAllBytes()).hasSize(33_600_000);
    }
    assertThat(ranges()).contains("bytes=400000-8788607");
    assertThat(registry.sentBytes(BLOBS)).isEqualTo(33_600_000);
  }

  @Test
  void closedEarly_leavesTheClientUsable() throws IOException {
    try (InputStream in = source.blob(blob)) {
      assertThat(in.read()).isNotNegative();
    }
    assertThat(read()).isEqualTo(blob.digest());
  }
}
