package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.ext4.Ext4Judge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScratchDisksTest {
  private static final UUID ID = UUID.fromString("11111111-2222-4333-8444-555555555555");
  private static final DatastorePath PLACE = DatastorePath.parse("containers/one");

  @TempDir Path folder;

  private ScratchDisk create(String folderName, long capacityBytes) {
    LocalDatastore datastore = LocalDatastore.at(folder.resolve(folderName));
    return ScratchDisks.in(datastore).create(PLACE, "scratch", capacityBytes, ID);
  }

  private Path file(String folderName, DatastorePath path) {
    return LocalDatastore.at(folder.resolve(folderName)).localPath(path);
  }

  @ParameterizedTest
  @ValueSource(longs = {16L << 20, (100L << 20) + 1, 8L << 30, 1L << 40})
  void newDisk_isSparse(long capacityBytes) {
    ScratchDisk disk = create("a", capacityBytes);
    Path extent = file("a", disk.extentPath());
    assertThat(disk.capacityBytes()).isBetween(capacityBytes, capacityBytes + 4095);
    assertThat(extent).hasSize(disk.capacityBytes());
    String used = ForeignTool.named("du").check("-k", extent).text().split("\t")[0];
    assertThat(Long.parseLong(used)).isLessThan(40_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {16L << 20, 256L << 20})
  void secondDisk_holdsTheSameAsOneThatIsMadeAlone(long capacityBytes) throws IOException {
    LocalDatastore datastore = LocalDatastore.at(folder.resolve("a"));
    ScratchDisks disks = ScratchDisks.in(datastore);
    disks.create(PLACE, "scratch", capacityBytes, ScratchDisks.volumeUuid(1));
    DatastorePath second = DatastorePath.parse("containers/two");
    ScratchDisk copy = disks.create(second, "scratch", capacityBytes, ScratchDisks.volumeUuid(1));
    ScratchDisk alone =
        ScratchDisks.in(datastore)
            .createUnique(
                DatastorePath.parse("containers/three"),
                "scratch",
                capacityBytes,
                ScratchDisks.volumeUuid(1));
    assertThat(Files.mismatch(file("a", copy.extentPath()), file("a", alone.extentPath())))
        .isEqualTo(-1);
    assertThat(Files.readAllBytes(file("a", copy.path())))
        .isEqualTo(Files.readAllBytes(file("a", alone.path())));
  }

  @Test
  void newDisk_canBeWrittenTo() {
    Path extent = file("a", create("a", 64L << 20).extentPath());
    Ext4Judge.mountedWritable(
        extent,
        root -> {
          Files.createDirectory(root.resolve("d"));
          Files.write(root.resolve("d/f"), new byte[20 << 20]);
        });
    Ext4Judge.assertClean(extent);
    Ext4Judge.mounted(extent, root -> assertThat(root.resolve("d/f")).hasSize(20 << 20));
  }

  @Test
  void sameIdAndCapacity_makeTheSameBytes() {
    ScratchDisk a = create("a", 32L << 20);
    ScratchDisk b = create("b", 32L << 20);
    assertThat(file("a", a.path())).hasSameBinaryContentAs(file("b", b.path()));
    assertThat(file("a", a.extentPath())).hasSameBinaryContentAs(file("b", b.extentPath()));
  }

  @Test
  void takenPlace_isLeftAsItIs() {
    ScratchDisk disk = create("a", 32L << 20);
    assertThatThrownBy(() -> create("a", 64L << 20)).isInstanceOf(AlreadyExistsException.class);
    assertThat(file("a", disk.extentPath())).hasSize(32L << 20);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, (16L << 20) - 1, (8L << 40) + 1})
  void capacityOutOfRange_isRefused(long capacityBytes) {
    assertThatThrownBy(() -> create("a", capacityBytes))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("16 MiB to 8 TiB");
  }

  @Test
  void fileSystemUuids_differByNumber_andAreTheSameEverywhere() {
    assertThat(IntStream.rangeClosed(1, 60).mapToObj(ScratchDisks::fileSystemUuid))
        .doesNotHaveDuplicates()
        .allSatisfy(
            uuid -> {
              assertThat(uuid.version()).isEqualTo(8);
              assertThat(uuid.variant()).isEqualTo(2);
            });
    assertThat(ScratchDisks.fileSystemUuid(1)).hasToString("d09c3449-5416-862f-bb30-a9d813ca2c7f");
    assertThatThrownBy(() -> ScratchDisks.fileSystemUuid(0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
