package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageStore;
import io.vic4j.image.KeptBlobs;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RetryPolicy;
import io.vic4j.storage.LayerDisks;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Transfers that broke off, and go on where they were with another client and another process. */
class RegistryResumeTest {
  private static final int SIZE = 20_000_000;
  private static final String BLOBS = ".*/blobs/.*";
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final MemoryDatastore datastore = MemoryDatastore.create(InstantSource.fixed(NOW));
  private final byte[] content = new byte[SIZE];
  private final Descriptor blob;

  RegistryResumeTest() {
    new Random(1).nextBytes(content);
    blob = new Descriptor("x", registry.addBlob("app", content), SIZE);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private static RegistryClient client() {
    return RegistryClient.builder()
        .retryPolicy(RetryPolicy.NEVER)
        .stallTimeout(Duration.ofSeconds(1))
        .build();
  }

  /** As another process would: with nothing but what is on the datastore. */
  private byte[] read(KeptBlobs kept) throws IOException {
    try (RegistryClient client = client();
        ImageSource source = kept.keeping(client).open(registry.reference("app:1"));
        InputStream in = source.blob(blob)) {
      return in.readAllBytes();
    }
  }

  private boolean isEmpty(String folder) {
    return datastore.list(DatastorePath.parse(folder)).stream()
        .allMatch(entry -> datastore.list(entry.path()).isEmpty());
  }

  private void breakOff(RegistryFault fault) {
    registry.faults().onPath(BLOBS).nth(1, fault);
    assertThatThrownBy(() -> read(KeptBlobs.in(datastore)))
        .isInstanceOf(UnavailableException.class);
    registry.faults().clear();
  }

  @Test
  void transferThatBrokeOff_goesOnInAnotherProcess() throws IOException {
    breakOff(RegistryFault.stallAfter(15_000_000));
    registry.forgetRequests();

    assertThat(read(KeptBlobs.in(datastore))).isEqualTo(content);

    assertThat(registry.sentBytes(BLOBS)).isEqualTo(SIZE - 15_000_000);
    assertThat(registry.requests().get(0).range()).isEqualTo("bytes=15000000-");
  }

  @Test
  void keptBlob_isNotAskedForAgain() throws IOException {
    read(KeptBlobs.in(datastore));
    registry.forgetRequests();

    KeptBlobs kept = KeptBlobs.in(datastore);
    assertThat(kept.has(blob)).isTrue();
    assertThat(read(kept)).isEqualTo(content);
    assertThat(registry.requests()).isEmpty();
    try (InputStream in = kept.read(blob)) {
      assertThat(Digest.sha256(in.readAllBytes())).isEqualTo(blob.digest());
    }
  }

  @Test
  void blobKeptOnlyWhileIncomplete_isGoneAtItsEnd() throws IOException {
    breakOff(RegistryFault.stallAfter(9_000_000));
    registry.forgetRequests();

    assertThat(read(KeptBlobs.in(datastore).onlyWhileIncomplete())).isEqualTo(content);

    assertThat(registry.sentBytes(BLOBS)).isEqualTo(SIZE - 9_000_000);
    assertThat(KeptBlobs.in(datastore).has(blob)).isFalse();
    assertThat(datastore.list(DatastorePath.parse("partial/sha256/" + blob.digest().hex())))
        .isEmpty();
  }

  @Test
  void blobThatIsNotWhatItShouldBe_isNotKept() throws IOException {
    registry.faults().onPath(BLOBS).nth(1, RegistryFault.corruptAt(12_000_000));

    read(KeptBlobs.in(datastore)); // Its digest is for who reads it to look at.

    assertThat(KeptBlobs.in(datastore).has(blob)).isFalse();
    assertThat(read(KeptBlobs.in(datastore))).isEqualTo(content);
    assertThat(KeptBlobs.in(datastore).has(blob)).isTrue();
  }

  @Test
  void whatTheReaderGaveUp_isBegunAnew() throws IOException {
    KeptBlobs kept = KeptBlobs.in(datastore);
    try (RegistryClient client = client();
        ImageSource source = kept.keeping(client).open(registry.reference("app:1"))) {
      try (InputStream in = source.blob(blob)) {
        in.readNBytes(10_000_000);
      }
      try (InputStream in = source.blob(blob)) {
        assertThat(in.readAllBytes()).isEqualTo(content);
      }
    }
    assertThat(registry.requests()).extracting(RegistryRequest::range).containsExactly("", "");
  }

  @Test
  void secondReaderAtOnce_isServedToo() throws IOException {
    KeptBlobs kept = KeptBlobs.in(datastore);
    try (RegistryClient client = client();
        ImageSource source = kept.keeping(client).open(registry.reference("app:1"));
        InputStream one = source.blob(blob);
        InputStream two = source.blob(blob)) {
      assertThat(one.readNBytes(1000)).hasSize(1000);
      assertThat(two.readAllBytes()).isEqualTo(content);
      assertThat(one.readAllBytes()).hasSize(SIZE - 1000);
    }
    assertThat(kept.has(blob)).isTrue();
  }

  @Test
  void fullDatastore_deliversAllTheSame() throws IOException {
    Datastore full = MemoryDatastore.create(InstantSource.fixed(NOW), 1_000_000);
    assertThat(read(KeptBlobs.in(full))).isEqualTo(content);
    assertThat(KeptBlobs.in(full).has(blob)).isFalse();
  }

  @Test
  void missingBlob_isNotFoundAtOnce() {
    Descriptor none = new Descriptor("x", Digest.sha256("none"), 4);
    try (RegistryClient client = client();
        ImageSource source =
            KeptBlobs.in(datastore).keeping(client).open(registry.reference("app:1"))) {
      assertThatThrownBy(() -> source.blob(none)).isInstanceOf(NotFoundException.class);
    }
    assertThat(isEmpty("partial")).isTrue();
  }

  @Test
  void collection_leavesWhatImagesNeedAndWhatIsFresh() throws IOException {
    TestImage image = TestImage.builder().layer(layer -> layer.file("a", "b")).build();
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStore store = ImageStore.in(datastore, disks);
    KeptBlobs kept = KeptBlobs.in(datastore);
    try (RegistryClient client = client();
        ImageService service =
            ImageService.builder(store, disks).sources(kept.keeping(client)).build()) {
      service.images(VchName.of("vch")).pull(registry.add("app:1", image), Progress.NONE);
    }
    read(kept);
    Descriptor needed = image.layerDescriptors().get(0);

    assertThat(kept.collect(store, NOW, Duration.ofHours(1))).isEmpty();
    assertThat(kept.collect(store, NOW.plus(Duration.ofHours(2)), Duration.ofHours(1)))
        .contains(blob.digest())
        .doesNotContain(needed.digest());
    assertThat(kept.has(needed)).isTrue();
    assertThat(kept.has(blob)).isFalse();
  }

  @Test
  void attemptThatIsCorrupt_costsOneFailure() throws IOException {
    TestImage image =
        TestImage.builder()
            .layer(
                layer -> {
                  byte[] file = new byte[300_000];
                  new Random(3).nextBytes(file);
                  return layer.file("data", file);
                })
            .build();
    Descriptor layer = image.layerDescriptors().get(0);
    String path = ".*/blobs/" + layer.digest();
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStore store = ImageStore.in(datastore, disks);
    KeptBlobs kept = KeptBlobs.in(datastore);
    registry.faults().onPath(path).nth(1, RegistryFault.corruptAt(100_000));
    try (RegistryClient client = client();
        ImageService service =
            ImageService.builder(store, disks).sources(kept.keeping(client)).build()) {
      var reference = registry.add("app:1", image);
      var images = service.images(VchName.of("vch"));

      assertThatThrownBy(() -> images.pull(reference, Progress.NONE))
          .isInstanceOf(CorruptException.class);
      images.pull(reference, Progress.NONE);
    }
    assertThat(kept.has(layer)).isTrue();
  }
}
