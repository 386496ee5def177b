package io.vic4j.storage.vmdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.datastore.DatastorePath;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** QEMU reads what we write, and we read what QEMU writes. */
class QemuTest {
  private static final String SHAPES =
      """
      MONOLITHIC_FLAT   | 512
      MONOLITHIC_FLAT   | 104857600
      MONOLITHIC_SPARSE | 512
      MONOLITHIC_SPARSE | 65536
      MONOLITHIC_SPARSE | 33554432
      MONOLITHIC_SPARSE | 33554944
      MONOLITHIC_SPARSE | 104861184
      MONOLITHIC_SPARSE | 5368713216
      STREAM_OPTIMIZED  | 512
      STREAM_OPTIMIZED  | 65536
      STREAM_OPTIMIZED  | 33554432
      STREAM_OPTIMIZED  | 33554944
      STREAM_OPTIMIZED  | 104861184
      STREAM_OPTIMIZED  | 5368713216
      """;

  @TempDir Path folder;
  private DiskFiles files;
  private ForeignTool qemu;

  @BeforeEach
  void setUp() {
    files = new DiskFiles(folder);
    qemu = ForeignTool.named("qemu-img");
  }

  private void compare(String raw, String format, String other) {
    if (format.equals("raw")) {
      assertThat(folder.resolve(other)).hasSize(folder.resolve(raw).toFile().length());
    }
    qemu.check("compare", "-f", "raw", "-F", format, folder.resolve(raw), folder.resolve(other));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = SHAPES)
  void written_isReadByQemu(VmdkSubformat subformat, long capacity) {
    files.writeRaw("raw", capacity);
    files.write(subformat, "raw", "disk.vmdk");

    qemu.check("check", "-f", "vmdk", files.path("disk.vmdk"));
    compare("raw", "vmdk", "disk.vmdk");
  }

  @Test
  void writtenFlatOver4Gib_isReadByQemu() {
    files.writeRaw("raw", 5L << 30);
    files.write(VmdkSubformat.MONOLITHIC_FLAT, "raw", "disk.vmdk");

    compare("raw", "vmdk", "disk.vmdk");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = SHAPES)
  void written_isReadBack(VmdkSubformat subformat, long capacity) throws IOException {
    files.writeRaw("raw", capacity);
    files.write(subformat, "raw", "disk.vmdk");
    files.expand("disk.vmdk", "back");

    compare("raw", "raw", "back");
    if (subformat == VmdkSubformat.STREAM_OPTIMIZED) {
      files.expandStream("disk.vmdk", "streamed");
      compare("raw", "raw", "streamed");
    }
  }

  @DiskJudge.Exempt("its flat disks hold no file system")
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = SHAPES)
  void writtenByQemu_isRead(VmdkSubformat subformat, long capacity) {
    files.writeRaw("raw", capacity);
    String options = "subformat=" + subformat.createType();
    qemu.check(
        "convert",
        "-f",
        "raw",
        "-O",
        "vmdk",
        "-o",
        options,
        files.path("raw"),
        files.path("disk.vmdk"));
    files.expand("disk.vmdk", "back");

    compare("raw", "raw", "back");
  }

  @ParameterizedTest
  @CsvSource({"MONOLITHIC_SPARSE", "STREAM_OPTIMIZED"})
  void allZero_takesNoRoomForContent(VmdkSubformat subformat) {
    files.writeHole("raw", 1L << 30);
    files.write(subformat, "raw", "disk.vmdk");

    qemu.check("check", "-f", "vmdk", files.path("disk.vmdk"));
    compare("raw", "vmdk", "disk.vmdk");
    assertThat(files.path("disk.vmdk").toFile().length()).isLessThan(1 << 20);
  }

  @ParameterizedTest
  @CsvSource({"MONOLITHIC_SPARSE", "STREAM_OPTIMIZED"})
  void sparseToSparse_skipsHoles(VmdkSubformat subformat) {
    files.writeRaw("raw", 5L << 30);
    files.write(subformat, "raw", "first.vmdk");
    try (VmdkReader first = VmdkReader.open(files.datastore(), DatastorePath.parse("first.vmdk"))) {
      assertThat(first.nextData(200L << 20)).isGreaterThan(2L << 30);
      try (MonolithicSparseWriter second =
          MonolithicSparseWriter.create(
              files.datastore(),
              DatastorePath.parse("second.vmdk"),
              first.sizeBytes(),
              DiskFiles.CONTENT_ID)) {
        second.copy(first);
        second.commit();
      }
    }
    compare("raw", "vmdk", "second.vmdk");
  }

  @Test
  void qemuWritesToOurSparseDisk() {
    files.writeRaw("raw", 100 << 20);
    files.write(VmdkSubformat.MONOLITHIC_SPARSE, "raw", "disk.vmdk");
    ForeignTool io = ForeignTool.named("qemu-io");
    String command = "write -P 7 50M 1M";
    io.check("-f", "vmdk", "-c", command, files.path("disk.vmdk"));
    io.check("-f", "raw", "-c", command, files.path("raw"));
    files.expand("disk.vmdk", "back");

    qemu.check("check", "-f", "vmdk", files.path("disk.vmdk"));
    compare("raw", "raw", "back");
  }

  @Test
  void judge_canFail_onOtherContent() throws IOException {
    files.writeRaw("raw", 1 << 20);
    files.write(VmdkSubformat.MONOLITHIC_SPARSE, "raw", "disk.vmdk");
    try (RandomAccessFile raw = new RandomAccessFile(files.path("raw").toFile(), "rw")) {
      raw.seek(10);
      raw.write(~raw.read());
    }

    assertThat(
            qemu.run(
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "vmdk",
                    files.path("raw"),
                    files.path("disk.vmdk"))
                .exitCode())
        .isEqualTo(1);
  }

  @DiskJudge.Exempt("damaged on purpose")
  @Test
  void judge_canFail_onBrokenTables() throws IOException {
    files.writeRaw("raw", 1 << 20);
    files.write(VmdkSubformat.MONOLITHIC_SPARSE, "raw", "disk.vmdk");
    try (RandomAccessFile disk = new RandomAccessFile(files.path("disk.vmdk").toFile(), "rw")) {
      // The first entry of the grain table: after directories and tables at 21, 22, 26 and 27.
      disk.seek(27 * 512);
      disk.write(new byte[] {0, 0, 0, 1});
    }

    assertThat(qemu.run("check", "-f", "vmdk", files.path("disk.vmdk")).exitCode()).isNotZero();
  }
}
