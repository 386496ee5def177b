package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.image.Bytes;
import io.vic4j.image.DamagedEntry;
import io.vic4j.image.Image;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageStore;
import io.vic4j.image.KeptBlobs;
import io.vic4j.image.ListedImage;
import io.vic4j.image.RawManifest;
import io.vic4j.image.RepairReport;
import io.vic4j.image.StoreReport;
import io.vic4j.image.StoredImages;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is damaged, how it is mended, and how images go out again. */
abstract class ImageDamageContract extends ImageCollectionContract {
  ImageDamageContract() {}

  /** Damages a file of the store; by the layout that is documented. */
  private void damage(DatastorePath file) {
    Datastore datastore = datastore();
    byte[] content;
    try (InputStream in = datastore.read(file)) {
      content = in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    content[content.length / 2] ^= 0x40;
    datastore.delete(file);
    try (DatastoreWriter writer = datastore.create(file)) {
      writer.write(0, ByteBuffer.wrap(content));
      writer.commit();
    }
  }

  private static DatastorePath file(Image image, String name) {
    return DatastorePath.parse("images/sha256/" + image.id().hex() + "/" + name);
  }

  private ImageService service(ImageStore over) {
    return ImageService.builder(over, disks())
        .sources(
            reference -> {
              for (String label : List.of("x", "y")) {
                if (reference
                    .digest()
                    .filter(manifest(layeredImage(label)).digest()::equals)
                    .isPresent()) {
                  TestRegistry registry = new TestRegistry();
                  registry.put(reference, layeredImage(label));
                  return registry.open(reference);
                }
              }
              throw new NotFoundException("image", reference.toString());
            })
        .resumeLater()
        .build();
  }

  @Test
  void wholeStore_isFoundWhole() {
    pull(store, "x");
    add("without layers");

    StoreReport report = otherStore.verify(Progress.NONE);

    assertThat(report.isWhole()).isTrue();
    assertThat(report.images()).isEqualTo(2);
    assertThat(report.layers()).isEqualTo(2);
    assertThat(report.unchecked()).hasSize(datastore().virtualDisks().isPresent() ? 2 : 0);
  }

  @Test
  void damagedImage_isNamed_hidesNoOther_andCanBePutAwayAndHadAgain() {
    Image x = pull(store, "x");
    Image y = pull(store, "y");
    damage(file(x, "config.json"));
    ImageStore reopened = openStore();

    assertThat(reopened.scope(TEAM_A).list().images())
        .extracting(ListedImage::image)
        .containsExactly(y);
    assertThat(reopened.scope(TEAM_A).list().damaged())
        .singleElement()
        .isInstanceOf(CorruptException.class);
    assertThatThrownBy(() -> reopened.find(x.id())).isInstanceOf(CorruptException.class);
    DamagedEntry entry = otherStore.verify(Progress.NONE).damaged().get(0);
    assertThat(entry.kind()).isEqualTo(DamagedEntry.Kind.IMAGE);
    assertThat(entry.id()).contains(x.id());
    assertThat(entry.isMissing()).isFalse();

    DatastorePath place = reopened.quarantine(entry).orElseThrow();

    assertThat(otherStore.quarantined()).containsExactly(place);
    assertThat(reopened.quarantine(entry)).isEmpty();
    assertThat(otherStore.verify(Progress.NONE).damaged())
        .singleElement()
        .satisfies(missing -> assertThat(missing.isMissing()).isTrue());
    assertThat(reopened.find(x.id())).isEmpty();
    assertThat(pull(reopened, "x").id()).isEqualTo(x.id());
    store = openStore();
  }

  @Test
  void damagedName_isNamed_andIsANameNoMoreOnceItIsPutAway() {
    Image image = add("x");
    scope.tag(ONE, image);
    scope.tag(TWO, image);
    DatastorePath folder = DatastorePath.parse("scopes/team-a/references");
    String name =
        datastore().names(folder).stream()
            .filter(it -> it.contains("app,1"))
            .findFirst()
            .orElseThrow();
    damage(folder.resolve(name));
    ImageStore reopened = openStore();

    DamagedEntry entry = reopened.verify(Progress.NONE).damaged().get(0);
    assertThat(entry.kind()).isEqualTo(DamagedEntry.Kind.RECORD);
    assertThat(entry.place()).isEqualTo(folder.resolve(name));
    assertThat(reopened.quarantine(entry)).isPresent();

    assertThat(reopened.scope(TEAM_A).find(ONE)).isEmpty();
    assertThat(reopened.scope(TEAM_A).find(TWO)).contains(image);
    store = openStore();
  }

  @Test
  void repair_fetchesWhatIsDamagedOrMissing_andNothingElse() {
    Image x = pull(store, "x");
    Image y = pull(store, "y");
    damage(file(x, "manifest.json"));
    disks().remove(y.diffIds().get(1));
    store = openStore();

    RepairReport report;
    try (ImageService service = service(store)) {
      report = service.repair(Progress.NONE);
    }

    assertThat(report.isWhole()).isTrue();
    assertThat(report.found().damaged()).hasSize(2);
    assertThat(report.repaired())
        .extracting(repaired -> repaired.use().imageId())
        .containsExactlyInAnyOrder(x.id(), y.id());
    assertThat(report.repaired())
        .filteredOn(repaired -> repaired.use().imageId().equals(x.id()))
        .allSatisfy(repaired -> assertThat(repaired.transferredBytes()).isZero());
    assertThat(openStore().verify(Progress.NONE).isWhole()).isTrue();
    assertThat(openStore().scope(TEAM_A).find(pulled("x")).map(Image::id)).contains(x.id());
  }

  @Test
  void damagedLayerDisk_isFound_andRepaired() {
    assumeTrue(datastore().virtualDisks().isEmpty(), "the datastore answers for its disks");
    Image x = pull(store, "x");
    damage(disks().find(x.diffIds().get(1)).orElseThrow().extentPath());

    StoreReport found = otherStore.verify(Progress.NONE);
    assertThat(found.damaged())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.kind()).isEqualTo(DamagedEntry.Kind.LAYER);
              assertThat(entry.id()).contains(x.diffIds().get(1));
            });
    try (ImageService service = service(store)) {
      assertThat(service.repair(Progress.NONE).isWhole()).isTrue();
    }
    assertThat(otherStore.quarantined()).hasSize(1);
  }

  @Test
  void whatCannotBeHadAgain_isTold_andStopsNothing() {
    Image x = pull(store, "x");
    Image lost = pull(store, "lost");
    disks().remove(x.diffIds().get(1));
    disks().remove(lost.diffIds().get(1));

    RepairReport report;
    try (ImageService service = service(store)) {
      report = service.repair(Progress.NONE);
    }

    assertThat(report.repaired()).hasSize(1);
    assertThat(report.left())
        .singleElement()
        .satisfies(left -> assertThat(left.use().imageId()).isEqualTo(lost.id()));
    scope.remove(lost.id());
    store.collect(Set::of);
  }

  @Test
  void export_givesWhatCameIn_whereItsBlobsWereKept() {
    TestImage image = layeredImage("x");
    TestRegistry registry = new TestRegistry();
    registry.put(ONE, image);
    KeptBlobs kept = KeptBlobs.in(datastore());
    Image pulled;
    try (ImageService service =
        ImageService.builder(store, disks()).sources(kept.keeping(registry)).build()) {
      pulled = service.images(TEAM_A).pull(ONE, Progress.NONE);
    }

    StoredImages images = StoredImages.in(datastore(), otherStore, disks()).with(kept);
    try (ImageSource source = images.open(pulled.id(), Progress.NONE)) {
      assertThat(source.manifest()).isEqualTo(manifest(image));
      for (var layer : image.layerDescriptors()) {
        try (InputStream blob = source.blob(layer)) {
          assertThat(new Bytes(blob.readAllBytes())).isEqualTo(image.blobs().get(layer.digest()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void export_ofLayersMadeAnew_isTheSameFromEachStore() {
    assumeTrue(datastore().virtualDisks().isEmpty(), "extents cannot be read everywhere");
    Image image = pull(store, "x");

    RawManifest first;
    try (ImageSource source =
        StoredImages.in(datastore(), store, disks()).open(image.id(), Progress.NONE)) {
      first = source.manifest();
    }
    try (ImageSource source =
        StoredImages.in(datastore(), otherStore, disks()).open(image.id(), Progress.NONE)) {
      assertThat(source.manifest()).isEqualTo(first);
    }
    Digest missing = Digest.sha256("missing");
    assertThatThrownBy(
            () -> StoredImages.in(datastore(), store, disks()).open(missing, Progress.NONE))
        .isInstanceOf(NotFoundException.class);
  }
}
