package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.CorruptException;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@DiskJudge.Exempt("tests damage disks")
class StoreRepairTest {
  private static final ImageReference APP = ImageReference.parse("registry.test/app:1");
  private static final ImageReference OTHER = ImageReference.parse("registry.test/other:1");
  private static final VchName TEAM = VchName.of("team");

  private final SampleImage app = SampleImage.of("base", "app");
  private final SampleImage other = SampleImage.of("base", "other");
  private final GatedSources sources =
      new GatedSources()
          .with("registry.test/app:1", app)
          .with("registry.test/other:1", other)
          .with("registry.test/app@" + app.manifest.digest(), app);

  @TempDir Path folder;
  private LocalDatastore datastore;
  private ImageService service;
  private Image image;

  @BeforeEach
  void pullTwo() {
    open();
    image = images().pull(APP, Progress.NONE);
    images().pull(OTHER, Progress.NONE);
    sources.begun.clear();
  }

  private void open() {
    datastore = LocalDatastore.at(folder);
    LayerDisks disks = LayerDisks.in(datastore);
    service = ImageService.builder(ImageStore.in(datastore, disks), disks).sources(sources).build();
  }

  /** As another process would see the store: nothing is remembered. */
  private void reopen() {
    service.close();
    open();
  }

  @AfterEach
  void close() {
    service.close();
  }

  private Images images() {
    return service.images(TEAM);
  }

  private StoreReport verify() {
    return service.store().verify(Progress.NONE);
  }

  private Path file(String path) {
    return folder.resolve(path);
  }

  private String imageFile(String name) {
    return "images/sha256/" + image.id().hex() + "/" + name;
  }

  private Path extent(int layer) {
    LayerDisk disk = images().layerDisks(image).get(layer);
    return datastore.localPath(disk.extentPath());
  }

  private static void flipAByte(Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(bytes.length() / 2);
      int before = bytes.read();
      bytes.seek(bytes.length() / 2);
      bytes.write(before ^ 0x40);
    }
  }

  @Test
  void verify_findsNothingWhereNothingIsDamaged() {
    StoreReport report = verify();

    assertThat(report.isWhole()).isTrue();
    assertThat(report.images()).isEqualTo(2);
    assertThat(report.layers()).isEqualTo(3);
    assertThat(report.unchecked()).isEmpty();
  }

  @Test
  void layerDiskWithoutAChecksum_isTold() throws IOException {
    Path description = extent(1).resolveSibling("layer.json");
    String withChecksum = Files.readString(description);
    Files.writeString(description, withChecksum.replace("\"checksum\"", "\"other\""));

    assertThat(verify().unchecked()).containsExactly(app.diffIds.get(1));
    assertThat(verify().isWhole()).isTrue();
  }

  @Test
  void flippedBitInALayerDisk_isFound_andOnlyThatLayerIsFetchedAgain() throws IOException {
    flipAByte(extent(1));

    assertThat(verify().damaged())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.kind()).isEqualTo(DamagedEntry.Kind.LAYER);
              assertThat(entry.id()).contains(app.diffIds.get(1));
              assertThat(entry.reason()).isInstanceOf(CorruptException.class);
            });
    RepairReport report = service.repair(Progress.NONE);

    assertThat(report.isWhole()).isTrue();
    assertThat(report.quarantined()).hasSize(1);
    assertThat(report.repaired())
        .singleElement()
        .satisfies(repaired -> assertThat(repaired.use().imageId()).isEqualTo(app.id()));
    assertThat(sources.begun).containsExactly(app.layerBlob(1).digest());
    assertThat(verify().isWhole()).isTrue();
    assertThat(service.store().quarantined()).isEqualTo(report.quarantined());
    assertThat(images().find(APP)).isPresent();
  }

  @Test
  void layerWithoutItsDescription_isFoundAndRepaired() throws IOException {
    Files.delete(extent(1).resolveSibling("layer.json"));

    RepairReport report = service.repair(Progress.NONE);

    assertThat(report.found().damaged())
        .extracting(DamagedEntry::id)
        .contains(Optional.of(app.diffIds.get(1)));
    assertThat(report.isWhole()).isTrue();
    assertThat(verify().isWhole()).isTrue();
  }

  @Test
  void layerThatIsGone_isMissed_andFetchedAgain() {
    service.disks().remove(app.diffIds.get(1));

    RepairReport report = service.repair(Progress.NONE);

    assertThat(report.found().damaged())
        .singleElement()
        .satisfies(entry -> assertThat(entry.isMissing()).isTrue());
    assertThat(report.quarantined()).isEmpty();
    assertThat(report.isWhole()).isTrue();
    assertThat(verify().isWhole()).isTrue();
  }

  @Test
  void damagedConfig_isFetchedAgain_andNoLayer() throws IOException {
    flipAByte(file(imageFile("config.json")));
    reopen();

    RepairReport report = service.repair(Progress.NONE);

    assertThat(report.found().damaged())
        .singleElement()
        .satisfies(entry -> assertThat(entry.kind()).isEqualTo(DamagedEntry.Kind.IMAGE));
    assertThat(report.isWhole()).isTrue();
    assertThat(sources.begun).containsExactly(app.id());
    assertThat(images().find(APP).map(Image::manifest)).contains(image.manifest());
    assertThat(images().scope().resolve(APP)).contains(NamedImage.of(APP, image));
  }

  @Test
  void imageWhoseMetadataIsGone_isMissed_andFetchedAgain() {
    datastore.delete(ImageFolders.folder(image.id()));
    reopen();

    RepairReport report = service.repair(Progress.NONE);

    assertThat(report.found().damaged())
        .singleElement()
        .satisfies(entry -> assertThat(entry.isMissing()).isTrue());
    assertThat(report.isWhole()).isTrue();
    assertThat(images().find(APP).map(Image::manifest)).contains(image.manifest());
  }

  @Test
  void whatCannotBeHad_isTold_andStopsNothing() throws IOException {
    flipAByte(extent(1));
    flipAByte(
        datastore.localPath(
            images().layerDisks(images().find(OTHER).orElseThrow()).get(1).extentPath()));

    RepairReport report = service.repair(Progress.NONE);

    assertThat(report.repaired()).hasSize(1);
    assertThat(report.left())
        .singleElement()
        .satisfies(
            left -> {
              assertThat(left.use().imageId()).isEqualTo(other.id());
              assertThat(left.reason()).isInstanceOf(NotFoundException.class);
            });
    assertThat(images().find(APP)).isPresent();
  }

  @Test
  void damagedRecordAndLease_areNamed_andStandInTheWayNoMoreAfterwards() throws IOException {
    Path name;
    try (var files = Files.list(folder.resolve("scopes/team/references"))) {
      name = files.filter(it -> it.toString().contains("other")).findFirst().orElseThrow();
    }
    Files.writeString(name, "{\"name\":", StandardOpenOption.TRUNCATE_EXISTING);
    Path lease = folder.resolve("leases/cut@1.json");
    Files.createDirectories(lease.getParent());
    Files.write(lease, "{}".getBytes(StandardCharsets.UTF_8));
    reopen();

    RepairReport report = service.repair(Progress.NONE);

    assertThat(report.found().damaged())
        .extracting(DamagedEntry::kind)
        .containsExactlyInAnyOrder(DamagedEntry.Kind.RECORD, DamagedEntry.Kind.LEASE);
    assertThat(report.quarantined()).hasSize(2);
    assertThat(service.store().collect(Set::of).images()).containsExactly(other.id());
    assertThat(images().find(APP)).isPresent();
    assertThat(verify().isWhole()).isTrue();
  }
}
