package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.ProgressEvent.State;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.tar.RawTar;
import io.vic4j.storage.vmdk.VmdkReader;
import io.vic4j.storage.vmdk.VmdkSubformat;
import io.vic4j.testkit.ImportingDatastore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layer disks on a datastore that keeps virtual disks; what stands there is judged as ever. */
class ImportedLayerDisksTest extends LayerDisksTest {
  @TempDir Path place;

  @Override
  Datastore over(Datastore folder) {
    return ImportingDatastore.over(folder);
  }

  private LayerStore imported() {
    return LayerStore.at(place.resolve("imported"), ImportingDatastore::over);
  }

  private static byte[] tar(String name) {
    return new RawTar().file("d/" + name, name).end();
  }

  @Test
  void diskIsTheDatastoresOwn_withTheSameContentAsElsewhere() {
    LayerDisk imported = imported().build(tar("a"));
    LayerStore plain = LayerStore.at(place.resolve("plain"));
    LayerDisk written = plain.build(tar("a"));
    // What is sent is never seen as the bytes that the datastore keeps: it has no checksum.
    assertThat(imported)
        .usingRecursiveComparison()
        .ignoringFields("description.checksum")
        .isEqualTo(written);
    assertThat(imported().file(imported.extentPath()))
        .hasSameBinaryContentAs(plain.file(written.extentPath()));
    try (VmdkReader disk = VmdkReader.open(imported().datastore, imported.path())) {
      assertThat(disk.descriptor().subformat()).isEqualTo(VmdkSubformat.VMFS);
    }
  }

  @Test
  void diskWithoutAnExtentToLookAt_isFound() throws IOException {
    LayerStore store = imported();
    LayerDisk disk = store.build(tar("a"));
    Path extent = store.file(disk.extentPath());
    Path elsewhere = Files.move(extent, place.resolve("extent"));
    assertThat(store.disks.find(disk.diffId())).contains(disk);
    assertThat(store.disks.list()).containsExactly(disk);
    Files.move(elsewhere, extent);
  }

  @Test
  void pack_isMadeOfImportedDisks() {
    LayerStore store = imported();
    LayerDisk pack = store.pack(List.of(store.build(tar("a")), store.build(tar("b"))));
    LayerStore plain = LayerStore.at(place.resolve("plain"));
    LayerDisk same = plain.pack(List.of(plain.build(tar("a")), plain.build(tar("b"))));
    assertThat(store.file(pack.extentPath())).hasSameBinaryContentAs(plain.file(same.extentPath()));
  }

  @Test
  void import_isATaskWithinThatOfTheLayer() {
    List<ProgressEvent> events = new ArrayList<>();
    LayerTar layer = LayerStore.layer(tar("a"));
    LayerDisks.in(ImportingDatastore.over(LocalDatastore.at(place)))
        .build(layer.diffId(), layer.source(), Progress.to(events::add));
    ProgressEvent first = events.get(0);
    assertThat(events)
        .filteredOn(event -> event.state() == State.COMPLETED)
        .extracting(event -> event.parentId().orElse(-1))
        .containsExactly(first.taskId(), -1L);
  }
}
