package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Platform;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullTest {
  private static final ImageReference APP = ImageReference.parse("registry.test/app:1");
  private static final PullOptions AS_APP = PullOptions.DEFAULT.withNames(APP);

  @TempDir Path folder;
  private LayerDisks disks;
  private ImageStore store;
  private ImageService service;
  private Images images;

  @BeforeEach
  void open() {
    LocalDatastore datastore = LocalDatastore.at(folder);
    disks = LayerDisks.in(datastore);
    store = ImageStore.in(datastore, disks);
    service = ImageService.builder(store, disks).parallelLayers(2).build();
    images = service.images(VchName.of("vch"));
  }

  @AfterEach
  void close() {
    service.close();
  }

  private PullResult pull(ImageSource source) {
    return images.pull(source, AS_APP, Progress.NONE);
  }

  /** What must hold after a pull that failed: nothing is named, nothing half-made lies about. */
  private void assertNothingIsNamedOrLeftOver() throws Exception {
    assertThat(images.list().images()).isEmpty();
    assertThat(store.list().images()).isEmpty();
    for (String name : List.of("tmp", "leases", "trash")) {
      Path left = folder.resolve(name);
      if (Files.exists(left)) {
        try (Stream<Path> children = Files.list(left)) {
          assertThat(children).isEmpty();
        }
      }
    }
  }

  @Test
  void pull_makesADiskOfEachLayerAndNamesTheImage() {
    SampleImage sample = SampleImage.of("one", "two");

    PullResult result = pull(sample.source());

    assertThat(result.image().id()).isEqualTo(sample.id());
    assertThat(result.layersBuilt()).isEqualTo(2);
    assertThat(images.find(APP)).contains(result.image());
    assertThat(images.layerDisks(result.image()))
        .extracting(LayerDisk::diffId)
        .containsExactlyElementsOf(sample.diffIds);
  }

  @Test
  void pullOfAnImageWithImpliedDirectories_putsASeamOnTop() {
    SampleImage sample = SampleImage.withImpliedDirectory("one", "two");

    PullResult result = pull(sample.source());

    assertThat(result.layers())
        .extracting(layer -> layer.layer().diffId())
        .isEqualTo(sample.diffIds);
    List<Digest> expected = new ArrayList<>(sample.diffIds);
    expected.add(LayerDisks.seamId(sample.diffIds));
    assertThat(images.layerDisks(result.image()))
        .extracting(LayerDisk::diffId)
        .containsExactlyElementsOf(expected);
  }

  @Test
  void secondPullOfAnImageWithASeam_transfersNothing() {
    SampleImage sample = SampleImage.withImpliedDirectory("one");
    pull(sample.source());
    MapSource again = sample.source();

    pull(again);

    assertThat(again.blobsRead).hasValue(0);
    assertThat(again.manifestsRead).hasValue(1);
  }

  @Test
  void pullOfAnImageWhoseSeamIsGone_makesItOfTheDisksAlone() {
    SampleImage sample = SampleImage.withImpliedDirectory("one");
    Image image = pull(sample.source()).image();
    disks.remove(LayerDisks.seamId(sample.diffIds));
    assertThat(images.find(APP)).isEmpty();
    assertThatThrownBy(() -> images.layerDisks(image)).isInstanceOf(NotFoundException.class);
    MapSource again = sample.source();

    pull(again);

    assertThat(again.blobsRead).hasValue(0);
    assertThat(images.find(APP)).contains(image);
    assertThat(images.layerDisks(image)).hasSize(3);
  }

  @Test
  void pull_countsTransferredBytes() {
    SampleImage sample = SampleImage.of("one", "two");

    assertThat(pull(sample.source()).transferredBytes())
        .isEqualTo(sample.layerBlob(0).sizeBytes() + sample.layerBlob(1).sizeBytes());
  }

  @Test
  void secondPull_readsTheManifestOnly() {
    SampleImage sample = SampleImage.of("one", "two");
    pull(sample.source());
    MapSource again = sample.source();

    PullResult result = pull(again);

    assertThat(again.manifestsRead).hasValue(1);
    assertThat(again.blobsRead).hasValue(0);
    assertThat(result.transferredBytes()).isZero();
    assertThat(result.layers()).allMatch(PullResult.PulledLayer::alreadyThere);
  }

  @Test
  void pullOfAnotherName_transfersNoBlob() {
    SampleImage sample = SampleImage.of("one", "two");
    pull(sample.source());
    MapSource again = sample.source();

    images.pull(
        again, PullOptions.DEFAULT.withNames(ImageReference.parse("other:2")), Progress.NONE);

    assertThat(again.blobsRead).hasValue(0);
    assertThat(images.get("other:2").id()).isEqualTo(sample.id());
  }

  @Test
  void pullOfAnImageThatSharesALayer_transfersTheOtherOnly() {
    pull(SampleImage.of("base", "one").source());
    SampleImage other = SampleImage.of("base", "two");

    PullResult result = pull(other.source());

    assertThat(result.layers())
        .extracting(PullResult.PulledLayer::alreadyThere)
        .containsExactly(true, false);
  }

  @Test
  void pullWithoutNames_keepsTheImage() {
    SampleImage sample = SampleImage.of("one");

    images.pull(sample.source(), PullOptions.DEFAULT, Progress.NONE);

    assertThat(images.list().images())
        .singleElement()
        .satisfies(listed -> assertThat(listed.names()).isEmpty());
  }

  @Test
  void layerTwiceInAnImage_isFetchedOnce() {
    SampleImage sample = SampleImage.of("same", "same");
    MapSource source = sample.source();

    PullResult result = pull(source);

    assertThat(result.layers()).hasSize(2);
    assertThat(source.blobsRead).hasValue(2); // The config and one layer.
  }

  @Test
  void missingDisk_isMadeAgain() {
    SampleImage sample = SampleImage.of("one", "two");
    pull(sample.source());
    disks.remove(sample.diffIds.get(0));
    assertThat(images.find(APP)).isEmpty();

    PullResult result = pull(sample.source());

    assertThat(result.layersBuilt()).isEqualTo(1);
    assertThat(images.find(APP)).isPresent();
  }

  @Test
  void index_leadsToThePlatformsImage() {
    SampleImage amd = SampleImage.of("amd");
    SampleImage arm = SampleImage.forPlatform("linux", "arm64", "arm");
    RawManifest index = SampleImage.index(amd.entry("linux", "amd64"), arm.entry("linux", "arm64"));
    MapSource source = new MapSource("multi", index).with(amd).with(arm);

    PullResult result =
        images.pull(source, AS_APP.withPlatform(Platform.parse("linux/arm64")), Progress.NONE);

    assertThat(result.image().id()).isEqualTo(arm.id());
    assertThat(images.scope().resolve(APP).orElseThrow().resolvedDigest())
        .isEqualTo(index.digest());
  }

  @Test
  void secondPullThroughAnIndex_readsTheIndexOnly() {
    SampleImage amd = SampleImage.of("amd");
    RawManifest index = SampleImage.index(amd.entry("linux", "amd64"));
    pull(new MapSource("multi", index).with(amd));
    MapSource again = new MapSource("multi", index).with(amd);

    pull(again);

    assertThat(again.manifestsRead).hasValue(1);
  }

  @Test
  void platformThatIsNotThere_saysWhichAre() throws Exception {
    SampleImage amd = SampleImage.of("amd");
    RawManifest index = SampleImage.index(amd.entry("linux", "amd64"));

    assertThatThrownBy(
            () ->
                images.pull(
                    new MapSource("multi", index).with(amd),
                    AS_APP.withPlatform(Platform.parse("linux/s390x")),
                    Progress.NONE))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("linux/amd64");
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void singleImageForAnotherPlatform_isRefused() {
    SampleImage arm = SampleImage.forPlatform("linux", "arm64", "arm");

    assertThatThrownBy(() -> pull(arm.source()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("there is linux/arm64");
  }

  @Test
  void nestedIndex_isLookedThrough() {
    SampleImage amd = SampleImage.of("amd");
    RawManifest inner = SampleImage.index(amd.entry("linux", "amd64"));
    RawManifest outer =
        SampleImage.index(SampleImage.descriptor(MediaTypes.OCI_INDEX, inner.content().toArray()));

    PullResult result = pull(new MapSource("nested", outer).with(inner).with(amd));

    assertThat(result.image().id()).isEqualTo(amd.id());
  }

  @Test
  void indexesNestedTooDeep_areRefused() {
    RawManifest index = SampleImage.index();
    MapSource source = new MapSource("deep", index);
    for (int i = 0; i < 6; i++) {
      source.with(index);
      index =
          SampleImage.index(
              SampleImage.descriptor(MediaTypes.OCI_INDEX, index.content().toArray()));
      MapSource next = new MapSource("deep", index);
      copy(source, next);
      source = next;
    }
    MapSource deep = source;

    assertThatThrownBy(() -> pull(deep))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("too deep");
  }

  private static void copy(MapSource from, MapSource to) {
    from.manifests().forEach(to::with);
  }

  @Test
  void referenceWithDigest_isHeldAgainstTheManifest() throws Exception {
    SampleImage sample = SampleImage.of("one");
    Digest other = Digest.sha256("another manifest");
    ImageSources sources = reference -> sample.source();
    try (ImageService pinned = ImageService.builder(store, disks).sources(sources).build()) {
      assertThatThrownBy(
              () ->
                  pinned
                      .images(VchName.of("vch"))
                      .pull(ImageReference.parse("app@" + other), Progress.NONE))
          .isInstanceOfSatisfying(
              CorruptException.class,
              e -> {
                assertThat(e.expected()).contains(other);
                assertThat(e.actual()).contains(sample.manifest.digest());
              });
    }
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void manifestThatIsNotWhatTheIndexSays_isCorrupt() throws Exception {
    SampleImage sample = SampleImage.of("one");
    SampleImage other = SampleImage.of("two");
    RawManifest index = SampleImage.index(sample.entry("linux", "amd64"));
    MapSource source =
        new MapSource("multi", index)
            .with(sample)
            .withManifest(sample.manifest.digest(), other.manifest);

    assertThatThrownBy(() -> pull(source)).isInstanceOf(CorruptException.class);
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void wrongConfig_isCorrupt() throws Exception {
    SampleImage sample = SampleImage.of("one");
    byte[] wrong = sample.config.toArray();
    wrong[wrong.length - 5] ^= 1;
    MapSource source = sample.source().withBlob(sample.id(), wrong);

    CorruptException e = catchThrowableOfType(CorruptException.class, () -> pull(source));

    assertThat(e.expected()).contains(sample.id());
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void wrongLayerBlob_isCorruptAndLeavesNothing() throws Exception {
    SampleImage sample = SampleImage.of("one");
    Digest blob = sample.layerBlob(0).digest();
    byte[] wrong = sample.blobs.get(blob).clone();
    wrong[9] ^= 1; // The operating system in gzip's header: it unpacks all the same.
    MapSource source = sample.source().withBlob(blob, wrong);

    assertThatThrownBy(() -> pull(source))
        .isInstanceOfSatisfying(
            CorruptException.class, e -> assertThat(e.expected()).contains(blob));
    assertThat(disks.list()).isEmpty();
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void truncatedLayerBlob_leavesNothing() throws Exception {
    SampleImage sample = SampleImage.of("one");
    Digest blob = sample.layerBlob(0).digest();
    byte[] whole = sample.blobs.get(blob);
    MapSource source = sample.source().withBlob(blob, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> pull(source)).isInstanceOf(VicException.class);
    assertThat(disks.list()).isEmpty();
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void layerLongerThanPromised_isCorrupt() {
    SampleImage sample = SampleImage.of("one");
    Digest blob = sample.layerBlob(0).digest();
    byte[] whole = sample.blobs.get(blob);
    MapSource source = sample.source().withBlob(blob, Arrays.copyOf(whole, whole.length + 1));

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("longer");
  }

  /** The image with another config, which its manifest names as it is. */
  private static MapSource withConfig(SampleImage sample, byte[] config) {
    String manifest =
        sample
            .manifest
            .content()
            .toString()
            .replace(
                SampleImage.descriptor(MediaTypes.OCI_CONFIG, sample.config.toArray()),
                SampleImage.descriptor(MediaTypes.OCI_CONFIG, config));
    return new MapSource("lying", SampleImage.manifest(manifest))
        .with(sample)
        .withBlob(Digest.sha256(config), config);
  }

  @Test
  void wrongDiffId_isCorruptAndLeavesNothing() throws Exception {
    SampleImage sample = SampleImage.of("one");
    byte[] config =
        SampleImage.config("linux", "amd64", List.of(Digest.sha256("not the tar")))
            .getBytes(StandardCharsets.UTF_8);
    MapSource source = withConfig(sample, config);

    assertThatThrownBy(() -> pull(source))
        .isInstanceOfSatisfying(
            CorruptException.class,
            e -> assertThat(e.expected()).contains(Digest.sha256("not the tar")));
    assertThat(disks.list()).isEmpty();
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void moreLayersThanDiffIds_isRefused() {
    SampleImage sample = SampleImage.of("one", "two");
    byte[] config =
        SampleImage.config("linux", "amd64", sample.diffIds.subList(0, 1))
            .getBytes(StandardCharsets.UTF_8);
    MapSource source = withConfig(sample, config);

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("has 2 layers")
        .hasMessageContaining("has 1 diff IDs");
  }

  @Test
  void foreignLayerThatIsNotThere_isRefusedByName() {
    SampleImage sample = SampleImage.of("one");
    String foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    String manifest =
        sample.manifest.content().toString().replace(MediaTypes.OCI_LAYER + "+gzip", foreign);
    MapSource source =
        new MapSource("foreign", SampleImage.manifest(manifest))
            .with(sample)
            .without(sample.layerBlob(0).digest());

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(foreign);
  }

  @Test
  void foreignLayerThatIsThere_isPulled() {
    SampleImage sample = SampleImage.of("one");
    String foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    String manifest =
        sample.manifest.content().toString().replace(MediaTypes.OCI_LAYER + "+gzip", foreign);

    PullResult result = pull(new MapSource("foreign", SampleImage.manifest(manifest)).with(sample));

    assertThat(result.layersBuilt()).isEqualTo(1);
  }

  @Test
  void failedLayer_interruptsItsSibling() throws Exception {
    SampleImage sample = SampleImage.of("slow", "bad");
    CountDownLatch slowBegan = new CountDownLatch(1);
    MapSource source =
        sample
            .source()
            .withBlob(sample.layerBlob(0).digest(), () -> blocking(slowBegan))
            .withBlob(
                sample.layerBlob(1).digest(),
                () -> {
                  await(slowBegan);
                  throw new UnavailableException("the registry went away", null);
                });

    assertThatThrownBy(() -> pull(source))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("went away");
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void layersThatWereWhole_stayAfterAFailure() {
    SampleImage sample = SampleImage.of("good", "bad");
    MapSource source =
        sample
            .source()
            .withBlob(
                sample.layerBlob(1).digest(),
                () -> {
                  throw new UnavailableException("the registry went away", null);
                });
    try (ImageService oneByOne = ImageService.builder(store, disks).parallelLayers(1).build()) {
      Images sequential = oneByOne.images(VchName.of("vch"));
      assertThatThrownBy(() -> sequential.pull(source, AS_APP, Progress.NONE))
          .isInstanceOf(UnavailableException.class);

      assertThat(sequential.pull(sample.source(), AS_APP, Progress.NONE).layersBuilt())
          .isEqualTo(1);
    }
  }

  @Test
  void interruptedPull_endsAsCancelledAndKeepsTheInterruption() throws Exception {
    SampleImage sample = SampleImage.of("slow");
    CountDownLatch began = new CountDownLatch(1);
    MapSource source =
        sample.source().withBlob(sample.layerBlob(0).digest(), () -> blocking(began));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Thread[] puller = new Thread[1];
      boolean[] stillInterrupted = new boolean[1];
      Future<?> pull =
          executor.submit(
              () -> {
                puller[0] = Thread.currentThread();
                try {
                  pull(source);
                } finally {
                  stillInterrupted[0] = Thread.interrupted();
                }
              });
      await(began);
      puller[0].interrupt();

      assertThatThrownBy(() -> pull.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(CancelledException.class);
      assertThat(stillInterrupted[0]).isTrue();
    } finally {
      executor.shutdownNow();
    }
    assertNothingIsNamedOrLeftOver();
    assertThat(pull(sample.source()).layersBuilt()).isEqualTo(1);
  }

  @Test
  void closingTheService_cancelsItsPulls() throws Exception {
    SampleImage sample = SampleImage.of("slow");
    CountDownLatch began = new CountDownLatch(1);
    MapSource source =
        sample.source().withBlob(sample.layerBlob(0).digest(), () -> blocking(began));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Future<?> pull = executor.submit(() -> pull(source));
      await(began);
      service.close();

      assertThatThrownBy(() -> pull.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(CancelledException.class);
    } finally {
      executor.shutdownNow();
    }
    assertNothingIsNamedOrLeftOver();
  }

  @Test
  void pullAfterClose_isAMisuse() {
    service.close();

    assertThatThrownBy(() -> pull(SampleImage.of("one").source()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void concurrentPulls_fetchEachLayerOnce() throws Exception {
    SampleImage sample = SampleImage.of("one", "two", "three");
    MapSource source = sample.source();
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Callable<PullResult>> pulls =
          Collections.nCopies(4, () -> images.pull(source, AS_APP, Progress.NONE));
      long built = 0;
      for (Future<PullResult> result : executor.invokeAll(pulls)) {
        built += result.get().layersBuilt();
      }
      assertThat(built).isEqualTo(3);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void pullOnACallersExecutor_runsThere() {
    SampleImage sample = SampleImage.of("one", "two");
    try (ImageService direct = ImageService.builder(store, disks).executor(Runnable::run).build()) {
      assertThat(
              direct
                  .images(VchName.of("vch"))
                  .pull(sample.source(), AS_APP, Progress.NONE)
                  .layersBuilt())
          .isEqualTo(2);
    }
  }

  @Test
  void progress_hasATaskForTheImageAndOneBelowItForEachLayer() {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    SampleImage sample = SampleImage.of("one", "two");

    images.pull(sample.source(), AS_APP, Progress.to(events::add));

    List<ProgressEvent> last = events.stream().filter(ProgressEvent::isLast).toList();
    ProgressEvent image = last.get(last.size() - 1);
    assertThat(image.name()).isEqualTo("image sample");
    assertThat(last)
        .allMatch(event -> event.state() == ProgressEvent.State.COMPLETED)
        .filteredOn(event -> event.parentId().isPresent())
        .allMatch(event -> event.parentId().getAsLong() == image.taskId())
        .extracting(ProgressEvent::name)
        .containsExactlyInAnyOrderElementsOf(
            sample.diffIds.stream().map(id -> "layer " + id.shortHex()).toList());
  }

  @Test
  void progress_showsLayersThatWereThere() {
    SampleImage sample = SampleImage.of("one");
    pull(sample.source());
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());

    images.pull(sample.source(), AS_APP, Progress.to(events::add));

    assertThat(events)
        .extracting(ProgressEvent::name)
        .contains("layer " + sample.diffIds.get(0).shortHex() + " (already there)");
  }

  @Test
  void failedPull_isNeverComplete() {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    SampleImage sample = SampleImage.of("one");
    MapSource source = sample.source().without(sample.layerBlob(0).digest());

    assertThatThrownBy(() -> images.pull(source, AS_APP, Progress.to(events::add)))
        .isInstanceOf(NotFoundException.class);

    assertThat(events)
        .filteredOn(ProgressEvent::isLast)
        .allMatch(event -> event.state() == ProgressEvent.State.FAILED);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "test");
    }
  }

  /** A stream that says when it is first read, and then gives nothing until interrupted. */
  private static InputStream blocking(CountDownLatch began) {
    return new ByteArrayInputStream(new byte[0]) {
      @Override
      public synchronized int read(byte[] buffer, int offset, int length) {
        began.countDown();
        try {
          new CountDownLatch(1).await();
          return -1;
        } catch (InterruptedException e) {
          throw CancelledException.from(e, "blocked read");
        }
      }
    };
  }
}
