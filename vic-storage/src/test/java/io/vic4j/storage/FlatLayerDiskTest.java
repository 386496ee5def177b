package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.DiskJudge;
import io.vic4j.storage.tar.RawTar;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A layer disk of plain files whose extent somebody damaged. */
@DiskJudge.Exempt("damaged on purpose")
class FlatLayerDiskTest {
  @TempDir Path folder;

  private LayerDisk disk() {
    return LayerStore.at(folder).build(new RawTar().file("a", "b").end());
  }

  private void assertCorrupt(LayerDisk disk, String how) {
    assertThatThrownBy(() -> LayerStore.at(folder).disks.find(disk.diffId()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("layer-flat.vmdk")
        .hasMessageContaining(how);
  }

  @Test
  void extentCutShort_isCorrupt() throws IOException {
    LayerDisk disk = disk();
    Path extent = LayerStore.at(folder).file(disk.extentPath());
    try (RandomAccessFile file = new RandomAccessFile(extent.toFile(), "rw")) {
      file.setLength(disk.capacityBytes() - 4096);
    }
    assertCorrupt(disk, "another length");
  }

  @Test
  void missingExtent_isCorrupt() throws IOException {
    LayerDisk disk = disk();
    Files.delete(LayerStore.at(folder).file(disk.extentPath()));
    assertCorrupt(disk, "it is missing");
  }
}
