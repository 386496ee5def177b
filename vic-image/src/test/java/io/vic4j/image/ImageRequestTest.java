package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ImageRequestTest {
  private static final ImageReference APP = ImageReference.parse("registry.test/app:1");
  private static final ImageReference OTHER = ImageReference.parse("registry.test/other:1");
  private static final Duration SOON = Duration.ofSeconds(30);

  private final SampleImage app = SampleImage.of("base", "app");
  private final SampleImage other = SampleImage.of("base", "other");
  private final GatedSources sources =
      new GatedSources().with("registry.test/app:1", app).with("registry.test/other:1", other);

  @TempDir Path folder;
  private ImageStore store;
  private ImageService service;
  private Images teamA;
  private Images teamB;

  @BeforeEach
  void open() {
    service = service(builder(Duration.ofSeconds(30)));
    store = service.store();
    teamA = service.images(VchName.of("team-a"));
    teamB = service.images(VchName.of("team-b"));
  }

  @AfterEach
  void closeAndFindNothingLeft() {
    service.close();
    LocalDatastore datastore = LocalDatastore.at(folder);
    for (String left : List.of("tmp", "leases", "claims", "trash")) {
      assertThat(datastore.list(DatastorePath.parse(left))).isEmpty();
    }
    assertThat(sources.closed).hasValue(sources.opened.get());
  }

  private ImageService.Builder builder(Duration claimExpiry) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    LayerDisks disks = LayerDisks.in(datastore);
    return ImageService.builder(
        ImageStoreBuilder.of(datastore, disks).claimExpiry(claimExpiry).build(), disks);
  }

  private ImageService service(ImageService.Builder builder) {
    return builder.sources(sources).build();
  }

  private static RequestOptions priority(Priority priority) {
    return RequestOptions.DEFAULT.withPriority(priority);
  }

  @Test
  void request_returnsAtOnce_andTheImageComes() {
    GatedSources.Gate gate = sources.shut(app, 1);

    ImageRequest request = teamA.request(APP, RequestOptions.DEFAULT);

    gate.awaitReached();
    assertThat(request.state()).isEqualTo(ImageRequest.State.RUNNING);
    assertThat(request.reference()).contains(APP);
    assertThat(teamA.requests()).containsExactly(request);
    assertThat(teamA.find(APP)).isEmpty();
    gate.open();
    assertThat(request.await(SOON).image().id()).isEqualTo(app.id());
    assertThat(request.state()).isEqualTo(ImageRequest.State.DONE);
    assertThat(teamA.requests()).isEmpty();
    assertThat(teamA.find(APP)).isPresent();
  }

  @Test
  void requestsOfSeveralScopes_shareOneTransferAndNameTheImageInEach() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest first = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();
    ImageRequest second = teamB.request(APP, RequestOptions.DEFAULT);
    gate.open();

    first.await(SOON);
    second.await(SOON);

    assertThat(sources.begun).hasSize(3).doesNotHaveDuplicates();
    assertThat(sources.manifestsRead).hasValue(1);
    assertThat(teamA.find(APP)).isPresent();
    assertThat(teamB.find(APP)).isPresent();
  }

  @Test
  void askerWhoCancels_doesNotStopTheOthers() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest first = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();
    ImageRequest second = teamB.request(APP, RequestOptions.DEFAULT);

    first.cancel();

    assertThatThrownBy(first::await).isInstanceOf(CancelledException.class);
    assertThat(first.state()).isEqualTo(ImageRequest.State.CANCELLED);
    gate.open();
    second.await(SOON);
    assertThat(sources.begun).doesNotHaveDuplicates();
    assertThat(teamA.find(APP)).isEmpty();
  }

  @Test
  void lastAskerWhoCancels_stopsTheTransfer() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest request = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();

    request.cancel();

    assertThatThrownBy(() -> request.await(SOON)).isInstanceOf(CancelledException.class);
    assertThat(service.requests()).isEmpty();
    assertThat(store.list().images()).isEmpty();
  }

  @Test
  void layerThatTwoImagesShare_isFetchedOnce_alsoWhenTheFirstGivesUp() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest first = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();
    GatedSources.Gate later = sources.shut(other, 1);
    ImageRequest second = teamB.request(OTHER, RequestOptions.DEFAULT);
    later.awaitReached();
    later.open();

    first.cancel();
    assertThatThrownBy(() -> first.await(SOON)).isInstanceOf(CancelledException.class);
    gate.open();

    assertThat(second.await(SOON).image().id()).isEqualTo(other.id());
    assertThat(sources.begun).filteredOn(app.layerBlob(0).digest()::equals).hasSize(1);
  }

  @Test
  void layerOfACallersSource_isBegunAnewByTheNext_whenThatCallerGivesUp() throws Exception {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageSource callers = sources.open(APP);
    List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
    Thread puller =
        new Thread(
            () -> {
              try {
                teamA.pull(callers, PullOptions.DEFAULT, Progress.NONE);
              } catch (CancelledException e) {
                thrown.add(e);
              } finally {
                callers.close();
              }
            });
    puller.start();
    gate.awaitReached();
    GatedSources.Gate later = sources.shut(other, 1);
    ImageRequest second = teamB.request(OTHER, RequestOptions.DEFAULT);
    later.awaitReached();
    later.open();

    puller.interrupt();
    puller.join(TimeUnit.SECONDS.toMillis(30));
    gate.open();

    assertThat(second.await(SOON).image().id()).isEqualTo(other.id());
    assertThat(thrown).hasSize(1);
  }

  @Test
  void moreUrgentRequest_overtakes() {
    service.close();
    service = service(builder(Duration.ofSeconds(30)).parallelLayers(1).parallelTransfers(1));
    SampleImage third = SampleImage.of("third");
    sources.with("registry.test/third:1", third);
    GatedSources.Gate gate = sources.shut(app, 0);
    Images images = service.images(VchName.of("team-a"));
    ImageRequest running = images.request(APP, priority(Priority.PREFETCH));
    gate.awaitReached();
    ImageRequest prefetch = images.request(OTHER, priority(Priority.PREFETCH));
    ImageRequest waiting =
        images.request(ImageReference.parse("registry.test/third:1"), priority(Priority.WAITING));
    assertThat(prefetch.state()).isEqualTo(ImageRequest.State.WAITING);
    gate.open();

    List.of(running, prefetch, waiting).forEach(request -> request.await(SOON));

    assertThat(sources.begun.indexOf(third.layerBlob(0).digest()))
        .isLessThan(sources.begun.indexOf(other.layerBlob(1).digest()))
        .isLessThan(sources.begun.indexOf(app.layerBlob(1).digest()));
  }

  @Test
  void raisedRequest_overtakes() {
    service.close();
    service = service(builder(Duration.ofSeconds(30)).parallelLayers(1).parallelTransfers(1));
    SampleImage third = SampleImage.of("third");
    sources.with("registry.test/third:1", third);
    GatedSources.Gate gate = sources.shut(app, 0);
    Images images = service.images(VchName.of("team-a"));
    ImageRequest running = images.request(APP, priority(Priority.PREFETCH));
    gate.awaitReached();
    ImageRequest before = images.request(OTHER, priority(Priority.PREFETCH));
    ImageRequest raised =
        images.request(ImageReference.parse("registry.test/third:1"), priority(Priority.PREFETCH));
    raised.raise(Priority.WAITING);
    gate.open();

    List.of(running, before, raised).forEach(request -> request.await(SOON));

    assertThat(raised.priority()).isEqualTo(Priority.WAITING);
    assertThat(sources.begun.indexOf(third.layerBlob(0).digest()))
        .isLessThan(sources.begun.indexOf(other.layerBlob(1).digest()));
  }

  @Test
  void busyRegistry_leavesRoomForAnother() {
    service.close();
    service =
        service(
            builder(Duration.ofSeconds(30)).parallelTransfers(4).parallelTransfersPerRegistry(1));
    SampleImage elsewhere = SampleImage.of("elsewhere");
    sources.with("second.test/app:1", elsewhere);
    GatedSources.Gate gate = sources.shut(app, 0);
    Images images = service.images(VchName.of("team-a"));
    ImageRequest slow = images.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();
    ImageRequest behind = images.request(OTHER, priority(Priority.WAITING));

    images
        .request(ImageReference.parse("second.test/app:1"), priority(Priority.PREFETCH))
        .await(SOON);

    assertThat(behind.state()).isEqualTo(ImageRequest.State.WAITING);
    gate.open();
    slow.await(SOON);
    behind.await(SOON);
  }

  @Test
  void awaitThatTakesTooLong_isTimedOut_andTheRequestGoesOn() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest request = teamA.request(APP, RequestOptions.DEFAULT);

    assertThatThrownBy(() -> request.await(Duration.ofMillis(20)))
        .isInstanceOf(TimedOutException.class)
        .hasMessageContaining("registry.test/app:1");

    gate.open();
    assertThat(request.await(SOON).image().id()).isEqualTo(app.id());
  }

  @Test
  void watcherWhoComesLate_seesTheWholeTree() {
    GatedSources.Gate gate = sources.shut(app, 1);
    ImageRequest request = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();
    List<ProgressEvent> seen = Collections.synchronizedList(new ArrayList<>());
    request.watch(seen::add);
    assertThat(seen)
        .first()
        .satisfies(event -> assertThat(event.name()).isEqualTo("image registry.test/app:1"));
    gate.open();
    request.await(SOON);

    assertThat(seen)
        .filteredOn(ProgressEvent::isLast)
        .extracting(ProgressEvent::name, ProgressEvent::state)
        .contains(tuple("image registry.test/app:1", ProgressEvent.State.COMPLETED));
    assertThat(request.progress()).hasSize(3).allMatch(ProgressEvent::isLast);
  }

  @Test
  void failure_reachesAllWhoAsked() {
    ImageReference missing = ImageReference.parse("registry.test/missing:1");
    ImageRequest request = teamA.request(missing, RequestOptions.DEFAULT);

    assertThatThrownBy(() -> request.await(SOON)).isInstanceOf(NotFoundException.class);
    assertThat(request.state()).isEqualTo(ImageRequest.State.FAILED);
    assertThat(request.completion().toCompletableFuture()).isCompletedExceptionally();
  }

  @Test
  void closedService_cancelsItsRequests() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest request = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();

    service.close();

    assertThat(request.state()).isEqualTo(ImageRequest.State.CANCELLED);
    assertThatThrownBy(() -> teamA.request(APP, RequestOptions.DEFAULT))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void serviceOfAnotherProcess_waitsForTheLayersThatThisOneFetches() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest first = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();
    try (ImageService second = service(builder(Duration.ofSeconds(30)))) {
      ImageRequest request =
          second.images(VchName.of("team-b")).request(OTHER, RequestOptions.DEFAULT);
      assertThatThrownBy(() -> request.await(Duration.ofSeconds(1)))
          .isInstanceOf(TimedOutException.class);
      gate.open();
      first.await(SOON);
      request.await(SOON);
    }
    assertThat(sources.begun).doesNotHaveDuplicates();
  }

  @Test
  void serviceOfAnotherProcess_takesOverWhatGivesNoSignOfLife() {
    GatedSources.Gate gate = sources.shut(app, 0);
    ImageRequest first = teamA.request(APP, RequestOptions.DEFAULT);
    gate.awaitReached();
    try (ImageService second = service(builder(Duration.ofMillis(10)))) {
      ImageRequest request =
          second.images(VchName.of("team-b")).request(APP, RequestOptions.DEFAULT);
      assertThatThrownBy(() -> request.await(Duration.ofSeconds(2)))
          .isInstanceOf(TimedOutException.class);
      assertThat(sources.begun).filteredOn(app.layerBlob(0).digest()::equals).hasSize(2);
      gate.open();
      request.await(SOON);
    }
    first.await(SOON);
  }
}
