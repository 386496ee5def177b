package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layer disks that no image needs, damaged entries, and what crashes leave. */
class CollectTest {
  private static final ImageReference APP = ImageReference.parse("app:1");
  private static final ImageReference OTHER = ImageReference.parse("other:1");

  @TempDir Path folder;
  private LocalDatastore datastore;
  private LayerDisks disks;
  private ImageStore store;
  private ImageService service;
  private Images images;

  @BeforeEach
  void open() {
    datastore = LocalDatastore.at(folder);
    disks = LayerDisks.in(datastore);
    store = ImageStore.in(datastore, disks);
    service = ImageService.builder(store, disks).build();
    images = service.images(VchName.of("vch"));
  }

  @AfterEach
  void close() {
    service.close();
  }

  private Image pull(ImageReference name, SampleImage sample) {
    return images.pull(sample.source(), PullOptions.DEFAULT.withNames(name), Progress.NONE).image();
  }

  @Test
  void layersThatNoImageNeeds_areRemoved() {
    SampleImage app = SampleImage.of("base", "app");
    SampleImage other = SampleImage.of("base", "other");
    pull(APP, app);
    pull(OTHER, other);
    images.remove(app.id());

    CollectedImages collected = store.collect(Set::of);

    assertThat(collected.images()).containsExactly(app.id());
    assertThat(collected.layers()).containsExactly(app.diffIds.get(1));
    assertThat(disks.list())
        .extracting(LayerDisk::diffId)
        .containsExactlyInAnyOrderElementsOf(other.diffIds);
    assertThat(images.find(OTHER)).isPresent();
  }

  @Test
  void seam_staysWithItsImageAndGoesWithIt() {
    SampleImage app = SampleImage.withImpliedDirectory("one");
    SampleImage larger = SampleImage.withImpliedDirectory("one", "two");
    pull(APP, app);
    pull(OTHER, larger);
    Digest seam = LayerDisks.seamId(app.diffIds);
    assertThat(store.collect(Set::of).layers()).isEmpty();
    assertThat(disks.find(seam)).isPresent();

    images.remove(app.id());

    assertThat(store.collect(Set::of).layers()).containsExactly(seam);
    assertThat(images.find(OTHER)).isPresent();
  }

  @Test
  void leasedSeam_stays() {
    SampleImage app = SampleImage.withImpliedDirectory("one");
    pull(APP, app);
    try (ImageLease lease = store.lease(app.id(), app.diffIds)) {
      lease.renew();
      images.remove(app.id());
      assertThat(store.collect(Set::of).layers()).isEmpty();
    }
    assertThat(store.collect(Set::of).layers()).hasSize(3);
  }

  @Test
  void layersInUse_stay() {
    SampleImage app = SampleImage.of("base", "app");
    pull(APP, app);
    images.remove(app.id());

    assertThat(store.collect(() -> Set.of(app.diffIds.get(0))).layers())
        .containsExactly(app.diffIds.get(1));
  }

  @Test
  void layersOfAnImageInUse_stay() {
    SampleImage app = SampleImage.of("base", "app");
    pull(APP, app);
    images.remove(app.id());

    assertThat(store.collect(() -> Set.of(app.id())))
        .isEqualTo(new CollectedImages(List.of(), List.of(), List.of()));
  }

  @Test
  void imageInUseSinceTheCollectionBegan_stays() {
    SampleImage app = SampleImage.of("base", "app");
    pull(APP, app);
    images.remove(app.id());
    Set<Digest> inUse = new HashSet<>();

    CollectedImages collected =
        store.collect(
            () -> {
              Set<Digest> before = Set.copyOf(inUse);
              inUse.add(app.id());
              return before;
            });

    assertThat(collected).isEqualTo(new CollectedImages(List.of(), List.of(), List.of()));
    assertThat(store.find(app.id())).isPresent();
    assertThat(disks.list()).hasSize(2);
  }

  @Test
  void pack_staysWhileAllOfItsLayersDo() {
    SampleImage app = SampleImage.of("base", "app");
    pull(APP, app);
    LayerDisk pack = disks.pack(images.layerDisks(images.find(APP).orElseThrow()), Progress.NONE);
    assertThat(store.collect(Set::of).layers()).isEmpty();

    images.remove(app.id());

    assertThat(store.collect(() -> Set.of(pack.diffId())).layers())
        .containsExactlyInAnyOrderElementsOf(app.diffIds);
    assertThat(store.collect(Set::of).layers()).containsExactly(pack.diffId());
  }

  @Test
  void leasedLayers_stay() {
    SampleImage app = SampleImage.of("base", "app");
    disks.build(app.diffIds.get(0), () -> stream("base"), Progress.NONE);
    try (ImageLease lease = store.lease(app.id(), app.diffIds)) {
      lease.renew();
      assertThat(store.collect(Set::of).layers()).isEmpty();
    }
    assertThat(store.collect(Set::of).layers()).containsExactly(app.diffIds.get(0));
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(SampleImage.tar("file-" + text.hashCode(), text));
  }

  @Test
  void damagedName_stopsTheCollectionButNotTheListing() throws Exception {
    SampleImage app = SampleImage.of("app");
    SampleImage other = SampleImage.of("other");
    pull(APP, app);
    pull(OTHER, other);
    Path damaged = folder.resolve("scopes/vch/references/docker.io+library+app,1@1.json");
    Files.writeString(damaged, "{");
    ImageStore again = ImageStore.in(datastore, disks);
    ImageScope scope = again.scope(VchName.of("vch"));

    assertThat(scope.list().images()).hasSize(1);
    assertThat(scope.list().damaged())
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("app,1@1.json"));
    assertThatThrownBy(() -> again.collect(Set::of)).isInstanceOf(CorruptException.class);
    assertThat(disks.list()).hasSize(2);

    assertThat(scope.untag(APP)).isTrue();
    assertThat(again.collect(Set::of).images()).containsExactly(app.id());
  }

  @Test
  void damagedImage_isNamedAndMendedByAPull() throws Exception {
    SampleImage app = SampleImage.of("app");
    pull(APP, app);
    Path config = datastore.localPath(ImageFolders.folder(app.id())).resolve("config.json");
    Files.writeString(config, "{}");
    ImageStore again = ImageStore.in(datastore, disks);

    assertThatThrownBy(() -> again.find(app.id()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(app.id().toString());
    assertThat(again.list().damaged()).hasSize(1);
    try (ImageService mending = ImageService.builder(again, disks).build()) {
      mending
          .images(VchName.of("vch"))
          .pull(app.source(), PullOptions.DEFAULT.withNames(APP), Progress.NONE);
    }
    assertThat(again.find(app.id())).isPresent();
  }

  @Test
  void trashOfACrashedCollector_isPutBack() {
    SampleImage app = SampleImage.of("app");
    pull(APP, app);
    DatastorePath place = ImageFolders.folder(app.id());
    datastore.move(place, Trash.of(place));

    ImageStore again = ImageStore.in(datastore, disks);

    assertThat(again.scope(VchName.of("vch")).find(APP)).isPresent();
  }

  @Test
  void openingAStore_sweepsWhatCrashedWritersLeft() throws Exception {
    pull(APP, SampleImage.of("app"));
    images.scope().untag(APP);
    Files.createDirectories(folder.resolve("tmp/crashed"));
    Files.writeString(folder.resolve("tmp/crashed/half"), "x");
    ImageLease abandoned = store.lease(SampleImage.of("x").id(), List.of());
    abandoned.renew();

    ImageStoreBuilder.of(datastore, disks).staleAfter(Duration.ZERO).build();

    assertThat(folder.resolve("tmp/crashed")).doesNotExist();
    assertThat(folder.resolve("leases")).isEmptyDirectory();
    assertThat(folder.resolve("scopes/vch/references")).isEmptyDirectory();
  }

  @Test
  void manyNamesOfOneImage_areListedWithIt() throws Exception {
    Image app = pull(APP, SampleImage.of("app"));
    Path references = folder.resolve("scopes/vch/references");
    String record = Files.readString(references.resolve("docker.io+library+app,1@1.json"));
    for (int i = 0; i < 1_000; i++) {
      Files.writeString(
          references.resolve("docker.io+library+app,n" + i + "@1.json"),
          record.replace("app:1", "app:n" + i));
    }
    ImageListing listing = images.list();

    assertThat(listing.images())
        .singleElement()
        .satisfies(listed -> assertThat(listed.names()).hasSize(1_001));
    assertThat(listing.images().get(0).image()).isEqualTo(app);
  }
}
