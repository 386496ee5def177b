package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RoomTest {
  private static final VchName TEAM_A = VchName.of("team-a");
  private static final VchName TEAM_B = VchName.of("team-b");

  private final Map<String, SampleImage> samples = new HashMap<>();
  private final GatedSources sources = new GatedSources();

  @TempDir Path folder;
  private FillingDatastore datastore;
  private ImageStore store;
  private ImageService service;

  @BeforeEach
  void open() {
    datastore = new FillingDatastore(LocalDatastore.at(folder));
    LayerDisks disks = LayerDisks.in(datastore);
    store = ImageStore.in(datastore, disks);
    service = ImageService.builder(store, disks).sources(sources).parallelLayers(1).build();
  }

  @AfterEach
  void close() {
    service.close();
  }

  private static ImageReference reference(String name) {
    return ImageReference.parse("registry.test/" + name + ":1");
  }

  /** Pulls an image with a layer that all have, and one of its own. */
  private Image pull(VchName vch, String name, int usedAt) {
    SampleImage sample = samples.computeIfAbsent(name, key -> SampleImage.of("base", key));
    sources.with(reference(name).toString(), sample);
    Image image = service.images(vch).pull(reference(name), Progress.NONE);
    store.scope(vch).use(image.id(), Instant.EPOCH.plusSeconds(usedAt));
    return image;
  }

  private long layerBytes() {
    return service.disks().list().get(0).capacityBytes();
  }

  private static Set<Digest> nothing() {
    return Set.of();
  }

  @Test
  void plan_tellsWhatACollectionRemoves_andRemovesNothing() {
    Image image = pull(TEAM_A, "one", 1);
    pull(TEAM_A, "two", 2);
    store.scope(TEAM_A).untag(reference("one"));

    CollectedImages planned = store.planCollection(RoomTest::nothing);

    assertThat(planned.images()).containsExactly(image.id());
    assertThat(planned.layers()).containsExactly(image.diffIds().get(1));
    assertThat(store.find(image.id())).isPresent();
    assertThat(store.collect(RoomTest::nothing)).isEqualTo(planned);
  }

  @Test
  void storeWithinItsQuota_isLeftAlone() {
    pull(TEAM_A, "one", 1);

    RoomReport report = store.makeRoom(Long.MAX_VALUE, RoomTest::nothing);

    assertThat(report.evicted()).isEmpty();
    assertThat(report.bytesAfter()).isEqualTo(report.bytesBefore()).isEqualTo(2 * layerBytes());
  }

  @Test
  void leastRecentlyUsed_goesFirst_fromAllScopes() {
    Image oldest = pull(TEAM_A, "oldest", 1);
    pull(TEAM_B, "oldest", 2);
    pull(TEAM_A, "middle", 3);
    pull(TEAM_B, "newest", 4);
    RoomReport planned = store.planRoom(3 * layerBytes(), RoomTest::nothing);

    RoomReport report = store.makeRoom(3 * layerBytes(), RoomTest::nothing);

    assertThat(report.evicted())
        .extracting(ScopedImage::vch, ScopedImage::imageId)
        .containsExactlyInAnyOrder(tuple(TEAM_A, oldest.id()), tuple(TEAM_B, oldest.id()));
    assertThat(report.collected().images()).containsExactly(oldest.id());
    assertThat(report.bytesAfter()).isEqualTo(3 * layerBytes());
    assertThat(planned).isEqualTo(report);
    assertThat(service.images(TEAM_A).find(reference("middle"))).isPresent();
    assertThat(service.images(TEAM_B).find(reference("newest"))).isPresent();
  }

  @Test
  void pinnedLeasedAndUsedImages_stay() {
    Image pinned = pull(TEAM_A, "pinned", 1);
    Image leased = pull(TEAM_A, "leased", 2);
    Image used = pull(TEAM_A, "used", 3);
    Image last = pull(TEAM_A, "last", 4);
    ImageScope scope = store.scope(TEAM_A);
    scope.update(scope.metadata(pinned.id()).withPinned(true));

    try (ImageLease lease = store.lease(leased.id(), leased.diffIds())) {
      RoomReport report = store.makeRoom(0, () -> Set.of(used.id()));
      assertThat(report.evicted()).extracting(ScopedImage::imageId).containsExactly(last.id());
    }

    assertThat(scope.list().images()).hasSize(3);
  }

  /** Runs what it is given when it is told to. */
  private static final class Later implements Executor {
    private final Deque<Runnable> tasks = new ArrayDeque<>();

    @Override
    public synchronized void execute(Runnable task) {
      tasks.add(task);
    }

    void runAll() {
      for (Runnable task = next(); task != null; task = next()) {
        task.run();
      }
    }

    private synchronized @Nullable Runnable next() {
      return tasks.poll();
    }
  }

  private ImageService.Builder withQuota(long bytes) {
    return ImageService.builder(store, service.disks())
        .sources(sources)
        .parallelLayers(1)
        .quota(bytes, RoomTest::nothing);
  }

  @Test
  void quota_isKeptAfterAPull() {
    Image oldest = pull(TEAM_A, "oldest", 1);
    pull(TEAM_A, "middle", 2);
    SampleImage sample = SampleImage.of("base", "newest");
    sources.with(reference("newest").toString(), sample);
    Later executor = new Later();
    try (ImageService kept = withQuota(3 * layerBytes()).executor(executor).build()) {
      ImageRequest request =
          kept.images(TEAM_A).request(reference("newest"), RequestOptions.DEFAULT);
      executor.runAll();
      request.await();
    }

    ImageScope scope = store.scope(TEAM_A);
    assertThat(scope.find(oldest.id())).isEmpty();
    assertThat(store.find(oldest.id())).isEmpty();
    assertThat(scope.find(reference("middle"))).isPresent();
    assertThat(scope.find(reference("newest"))).isPresent();
  }

  @Test
  void pullThatBringsNothing_makesNoRoom() {
    pull(TEAM_A, "oldest", 1);
    pull(TEAM_A, "middle", 2);
    Later executor = new Later();
    try (ImageService kept = withQuota(0).executor(executor).build()) {
      kept.images(TEAM_A).request(reference("middle"), RequestOptions.DEFAULT);
      executor.runAll();
    }

    assertThat(store.scope(TEAM_A).list().images()).hasSize(2);
  }

  @Test
  void roomThatCannotBeMade_isNoConcernOfThePull_andIsMadeAfterTheNext() {
    pull(TEAM_A, "oldest", 1);
    AtomicInteger asked = new AtomicInteger();
    Later executor = new Later();
    try (ImageService kept =
        ImageService.builder(store, service.disks())
            .sources(sources)
            .executor(executor)
            .quota(
                layerBytes(),
                () -> {
                  if (asked.incrementAndGet() == 1) {
                    throw new UnavailableException("containers cannot be listed", null);
                  }
                  return Set.of();
                })
            .build()) {
      for (String name : List.of("second", "third")) {
        sources.with(reference(name).toString(), SampleImage.of("base", name));
        ImageRequest request = kept.images(TEAM_A).request(reference(name), RequestOptions.DEFAULT);
        executor.runAll();
        assertThat(request.await().image()).isNotNull();
      }
    }

    assertThat(asked).hasValueGreaterThan(1);
    assertThat(store.scope(TEAM_A).find(reference("oldest"))).isEmpty();
  }

  @Test
  void keptBlobs_areCollectedWithTheirImages_andCountForTheQuota() {
    KeptBlobs kept = KeptBlobs.in(datastore);
    LayerDisks disks = service.disks();
    store =
        ImageStoreBuilder.of(datastore, disks).staleAfter(Duration.ZERO).keptBlobs(kept).build();
    SampleImage one = SampleImage.of("base", "one");
    SampleImage two = SampleImage.of("base", "two");
    sources.with(reference("one").toString(), one).with(reference("two").toString(), two);
    try (ImageService keeping =
        ImageService.builder(store, disks).sources(kept.keeping(sources)).build()) {
      keeping.images(TEAM_A).pull(reference("one"), Progress.NONE);
      keeping.images(TEAM_A).pull(reference("two"), Progress.NONE);
    }
    long blobBytes = kept.sizes().values().stream().mapToLong(Long::longValue).sum();
    RoomReport report = store.planRoom(Long.MAX_VALUE, RoomTest::nothing);
    assertThat(report.bytesBefore()).isEqualTo(3 * layerBytes() + blobBytes);
    store.scope(TEAM_A).remove(one.id());

    CollectedImages planned = store.planCollection(RoomTest::nothing);
    assertThat(kept.has(one.layerBlob(1))).isTrue();
    CollectedImages collected = store.collect(RoomTest::nothing);

    assertThat(collected.blobs())
        .as("with the configs, which the store has itself")
        .contains(one.layerBlob(1).digest())
        .doesNotContain(one.layerBlob(0).digest(), two.layerBlob(1).digest());
    assertThat(planned).isEqualTo(collected);
    assertThat(kept.has(one.layerBlob(1))).isFalse();
    assertThat(kept.has(one.layerBlob(0))).isTrue();
    assertThat(kept.has(two.layerBlob(1))).isTrue();
  }

  @Test
  void imageThatFreesNothing_isNotEvicted() {
    SampleImage small = SampleImage.of("base");
    sources.with(reference("small").toString(), small);
    Image shared = service.images(TEAM_A).pull(reference("small"), Progress.NONE);
    store.scope(TEAM_A).use(shared.id(), Instant.EPOCH);
    Image old = pull(TEAM_A, "old", 5);
    pull(TEAM_A, "new", 9);

    RoomReport report = store.makeRoom(2 * layerBytes(), RoomTest::nothing);

    assertThat(report.evicted()).extracting(ScopedImage::imageId).containsExactly(old.id());
  }

  @Test
  void fullDisk_isATypedError_andTheStoreStaysGood() {
    pull(TEAM_A, "one", 1);
    SampleImage two = SampleImage.of("base", "two", "three");
    sources.with(reference("two").toString(), two);
    sources.begun.clear();
    datastore.fillUpAfter("layer-flat.vmdk", 1);

    assertThatThrownBy(() -> service.images(TEAM_A).pull(reference("two"), Progress.NONE))
        .isInstanceOf(OutOfSpaceException.class);

    assertThat(store.verify(Progress.NONE).isWhole()).isTrue();
    assertThat(service.images(TEAM_A).find(reference("one"))).isPresent();
    assertThat(service.images(TEAM_A).find(reference("two"))).isEmpty();
    datastore.makeRoom();
    service.images(TEAM_A).pull(reference("two"), Progress.NONE);
    assertThat(sources.begun)
        .filteredOn(two.layerBlob(1).digest()::equals)
        .as("the layer that was whole before the disk was full")
        .hasSize(1);
  }

  @Test
  void fullDisk_atAnyFile_leavesTheStoreGood() {
    for (String file : List.of("layer.json", "manifest.json", "config.json", "image.json", "@")) {
      String name = "app" + file.length() + "-" + file.codePointAt(0);
      datastore.fillUpAfter(file, 0);
      assertThatThrownBy(() -> pull(TEAM_A, name, 1))
          .as(file)
          .isInstanceOf(OutOfSpaceException.class);
      datastore.makeRoom();
      assertThat(store.verify(Progress.NONE).isWhole()).as(file).isTrue();
      assertThat(store.scope(TEAM_A).find(reference(name))).as(file).isEmpty();
      pull(TEAM_A, name, 1);
    }
    assertThat(service.disks().list()).extracting(LayerDisk::diffId).doesNotHaveDuplicates();
  }
}
