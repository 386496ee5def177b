package io.vic4j.storage.vmdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DiskJudge.Exempt("its disks hold no file system, and some are damaged")
class FlatDiskTest {
  private static final DatastorePath DISK = DatastorePath.parse("a/layer.vmdk");
  private static final DatastorePath EXTENT = DatastorePath.parse("a/layer-flat.vmdk");

  @TempDir Path folder;
  private LocalDatastore datastore;

  @BeforeEach
  void setUp() {
    datastore = LocalDatastore.at(folder);
  }

  private void write(DatastorePath path, long position, byte[] bytes, long size) {
    try (DatastoreWriter writer = datastore.create(path)) {
      writer.write(position, ByteBuffer.wrap(bytes));
      writer.setSize(size);
      writer.commit();
    }
  }

  private void writeDescriptor(long capacity) {
    byte[] text =
        VmdkDescriptor.flat("layer-flat.vmdk", capacity, Digest.sha256("x")).bytes().array();
    write(DISK, 0, text, text.length);
  }

  @Test
  void open_readsTheContent() {
    write(EXTENT, 1000, new byte[] {1, 2, 3}, 4096);
    writeDescriptor(4096);

    try (VmdkReader disk = VmdkReader.open(datastore, DISK)) {
      ByteBuffer read = ByteBuffer.allocate(5000);
      assertThat(disk.read(999, read)).isEqualTo(4096 - 999);
      assertThat(read.array()).startsWith(0, 1, 2, 3, 0);
      assertThat(disk.sizeBytes()).isEqualTo(4096);
      assertThat(disk.read(4096, ByteBuffer.allocate(1))).isZero();
    }
  }

  @Test
  void open_extentTooShort_isCorrupt() {
    write(EXTENT, 0, new byte[] {1}, 4096);
    writeDescriptor(8192);

    assertThatThrownBy(() -> VmdkReader.open(datastore, DISK))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("truncated");
  }

  @Test
  void open_extentMissing_isNotFound() {
    writeDescriptor(8192);

    assertThatThrownBy(() -> VmdkReader.open(datastore, DISK))
        .isInstanceOf(NotFoundException.class);
  }
}
