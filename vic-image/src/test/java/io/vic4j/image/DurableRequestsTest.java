package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DurableRequestsTest {
  private static final ImageReference APP = ImageReference.parse("registry.test/app:1");
  private static final ImageReference NAME = ImageReference.parse("app:stable");
  private static final VchName TEAM = VchName.of("team");
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Instant NOW = Instant.parse("2024-05-06T07:08:09Z");
  private static final RequestOptions STABLE =
      RequestOptions.DEFAULT
          .withPull(PullOptions.DEFAULT.withNames(NAME))
          .withPriority(Priority.WAITING);

  private final SampleImage app = SampleImage.of("base", "app");
  private final GatedSources sources = new GatedSources().with("registry.test/app:1", app);

  @TempDir Path folder;
  private LocalDatastore datastore;

  @BeforeEach
  void open() {
    datastore = LocalDatastore.at(folder);
  }

  private ImageService service() {
    return service(NOW);
  }

  private ImageService service(Instant now) {
    return builder(now).resumeLater().build();
  }

  private ImageService.Builder builder(Instant now) {
    LayerDisks disks = LayerDisks.in(datastore);
    return ImageService.builder(ImageStore.in(datastore, disks), disks)
        .sources(sources)
        .clock(() -> now)
        .parallelLayers(1);
  }

  private List<StoredRequest> written() {
    return ImageStore.in(datastore, LayerDisks.in(datastore)).scope(TEAM).requests();
  }

  private void closeInMidRequest() {
    GatedSources.Gate gate = sources.shut(app, 1);
    try (ImageService service = service()) {
      service.images(TEAM).request(APP, STABLE);
      gate.awaitReached();
    }
    gate.open();
  }

  @Test
  void request_isWrittenDownUntilItEnds() {
    GatedSources.Gate gate = sources.shut(app, 0);
    try (ImageService service = service()) {
      ImageRequest request = service.images(TEAM).request(APP, STABLE);

      assertThat(written())
          .singleElement()
          .satisfies(
              stored -> {
                assertThat(stored.id()).isEqualTo(request.id());
                assertThat(stored.reference()).isEqualTo(APP);
                assertThat(stored.options()).isEqualTo(STABLE);
                assertThat(stored.asked()).isEqualTo(NOW);
              });
      gate.open();
      request.await(SOON);
    }
    assertThat(written()).isEmpty();
  }

  @Test
  void requestThatIsNotDurable_isNotWrittenDown() {
    GatedSources.Gate gate = sources.shut(app, 0);
    try (ImageService service = service()) {
      ImageRequest request = service.images(TEAM).request(APP, STABLE.withDurable(false));
      gate.awaitReached();
      assertThat(written()).isEmpty();
      gate.open();
      request.await(SOON);
    }
  }

  @Test
  void requestThatFailedOrWasCancelled_isForgotten() {
    sources.shut(app, 0);
    try (ImageService service = service()) {
      ImageRequest cancelled = service.images(TEAM).request(APP, STABLE);
      ImageRequest failed =
          service
              .images(TEAM)
              .request(ImageReference.parse("registry.test/none:1"), RequestOptions.DEFAULT);
      cancelled.cancel();
      assertThatThrownBy(() -> cancelled.await(SOON)).isInstanceOf(CancelledException.class);
      assertThatThrownBy(() -> failed.await(SOON)).isInstanceOf(NotFoundException.class);
    }
    assertThat(written()).isEmpty();
  }

  @Test
  void requestThatAServiceLeft_isFinishedByTheNext_withoutWhatHadCome() {
    closeInMidRequest();
    assertThat(written()).hasSize(1);

    try (ImageService next = service()) {
      ResumedRequests resumed = next.resume(ResumePolicy.DEFAULT);

      assertThat(resumed.abandoned()).isEmpty();
      ImageRequest request = resumed.resumed().get(0);
      assertThat(request.options()).isEqualTo(STABLE);
      request.await(SOON);
      assertThat(next.images(TEAM).find(NAME)).isPresent();
    }
    assertThat(sources.begun).filteredOn(app.layerBlob(0).digest()::equals).hasSize(1);
    assertThat(written()).isEmpty();
  }

  @Test
  void serviceThatOpens_goesOnWithWhatOthersLeft() {
    closeInMidRequest();

    try (ImageService next = builder(NOW).build()) {
      assertThat(next.requests()).extracting(ImageRequest::options).containsExactly(STABLE);
      next.requests().forEach(request -> request.await(SOON));
      assertThat(next.images(TEAM).find(NAME)).isPresent();
    }
    assertThat(written()).isEmpty();
  }

  @Test
  void serviceThatOpens_abandonsByItsPolicy() {
    closeInMidRequest();

    try (ImageService next = builder(NOW).resume(ResumePolicy.ABANDON).build()) {
      assertThat(next.requests()).isEmpty();
    }
    assertThat(written()).isEmpty();
  }

  @Test
  void serviceWithoutSources_leavesRequestsToOthers() {
    closeInMidRequest();

    LayerDisks disks = LayerDisks.in(datastore);
    try (ImageService next = ImageService.builder(ImageStore.in(datastore, disks), disks).build()) {
      assertThat(next.requests()).isEmpty();
    }
    assertThat(written()).hasSize(1);
  }

  @Test
  void storeThatCannotBeReadNow_keepsNoServiceFromOpening() throws IOException {
    closeInMidRequest();
    ImageService.Builder builder = builder(NOW);
    Path requests = folder.resolve("scopes/team/requests");
    Path away = folder.resolve("away");
    Files.move(requests, away);
    Files.createSymbolicLink(requests, requests); // A loop: whoever lists it fails.

    try (ImageService next = builder.build()) {
      assertThat(next.requests()).isEmpty();
      Files.delete(requests);
      Files.move(away, requests);
      assertThat(next.resume(ResumePolicy.DEFAULT).resumed()).hasSize(1);
    }
  }

  @Test
  void requestOfAServiceThatLives_isLeftAlone() {
    GatedSources.Gate gate = sources.shut(app, 0);
    try (ImageService living = service();
        ImageService next = service()) {
      ImageRequest request = living.images(TEAM).request(APP, STABLE);
      gate.awaitReached();

      ResumedRequests resumed = next.resume(ResumePolicy.DEFAULT);

      assertThat(resumed.resumed()).isEmpty();
      assertThat(resumed.abandoned()).isEmpty();
      gate.open();
      request.await(SOON);
    }
  }

  @Test
  void requestThatIsTooOld_isAbandoned() {
    closeInMidRequest();

    try (ImageService next = service(NOW.plus(Duration.ofDays(2)))) {
      ResumedRequests resumed = next.resume(ResumePolicy.DEFAULT);

      assertThat(resumed.resumed()).isEmpty();
      assertThat(resumed.abandoned()).extracting(StoredRequest::reference).containsExactly(APP);
    }
    assertThat(written()).isEmpty();
  }

  @Test
  void requestThatEndedTooManyServices_isAbandoned() {
    closeInMidRequest();
    GatedSources.Gate gate = sources.shut(app, 1);
    assertThat(gate).isNotNull();
    for (int attempt = 2; attempt <= 3; attempt++) {
      ImageStore store = ImageStore.in(datastore, LayerDisks.in(datastore));
      StoredRequest left = store.scope(TEAM).requests().get(0);
      store.scope(TEAM).remember(left.takenOverBy("gone" + attempt));
    }

    try (ImageService next = service()) {
      assertThat(next.resume(ResumePolicy.DEFAULT).abandoned()).hasSize(1);
    }
    assertThat(written()).isEmpty();
  }

  @Test
  void abandonPolicy_forgetsAll() {
    closeInMidRequest();

    try (ImageService next = service()) {
      assertThat(next.resume(ResumePolicy.ABANDON).abandoned()).hasSize(1);
    }
    assertThat(written()).isEmpty();
  }
}
