package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.ForeignImage.extract;
import static io.vic4j.storage.ext4.ForeignImage.mkfs;
import static io.vic4j.storage.ext4.ForeignImage.read;
import static io.vic4j.storage.ext4.ForeignImage.seenByTar;
import static io.vic4j.storage.ext4.ForeignImage.toTar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ForeignTool;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads what mke2fs, debugfs, the kernel and {@link Ext4Writer} write. */
class Ext4ReaderTest {
  private static final long SIZE_BYTES = 24 << 20;

  @TempDir static Path shared;
  private static Path tree;
  private static byte[] seen;

  @TempDir Path folder;

  @BeforeAll
  static void makeTree() throws IOException {
    tree = shared.resolve("tree");
    Files.createDirectory(tree);
    ForeignImage.makeTree(tree);
    seen = seenByTar(tree);
  }

  private Path image(String options) {
    return mkfs(folder.resolve("image"), tree, SIZE_BYTES, options.split(" "));
  }

  private void assertSameTree(Path image) throws IOException {
    extract(toTar(image), folder.resolve("extracted"));

    assertThat(Arrays.equals(seenByTar(folder.resolve("extracted")), seen)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-t ext4 -b 4096",
        "-t ext4 -b 2048",
        "-t ext4 -b 1024",
        "-t ext4 -I 128",
        "-t ext4 -I 1024 -b 4096",
        "-t ext4 -O ^metadata_csum,uninit_bg",
        "-t ext4 -O ^64bit",
        "-t ext4 -O ^has_journal",
        "-t ext4 -O ^extent,^64bit",
        "-t ext4 -O ^extent,^64bit -b 1024",
        "-t ext4 -O inline_data",
        "-t ext4 -O inline_data -I 512 -b 1024",
        "-t ext4 -O meta_bg,^resize_inode -b 1024 -g 1024",
        "-t ext4 -O meta_bg,^resize_inode,^flex_bg -b 1024 -g 512",
        "-t ext4 -O metadata_csum_seed",
        "-t ext4 -O sparse_super2,^resize_inode",
        "-t ext4 -O ^sparse_super,^resize_inode,^flex_bg -b 1024 -g 1024",
        "-t ext4 -O bigalloc -C 16384 -b 4096",
        "-t ext4 -O ea_inode,large_dir,quota,project",
        "-t ext3",
        "-t ext2",
        "-t ext2 -b 1024 -I 128 -O ^filetype"
      })
  void toTar_treeThatMke2fsWrote_isTheTree(String options) throws IOException {
    assertSameTree(image(options));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-t ext4 -b 1024", "-t ext4 -b 1024 -O ^metadata_csum", "-t ext3 -b 1024"})
  void toTar_afterDirectoriesWereIndexed_isTheTree(String options) throws IOException {
    Path image = image(options);
    assertThat(ForeignTool.named("e2fsck").run("-fyD", image).exitCode()).isLessThan(2);
    assertThat(Ext4Judge.debugfsText(image, "htree_dump /many")).contains("Root node dump");

    assertSameTree(image);
  }

  @Test
  void toTar_ofTheSameImage_isTheSame() {
    Path image = image("-t ext4");

    assertThat(toTar(image)).isEqualTo(toTar(image));
  }

  @Test
  void judge_canFail() throws IOException {
    Path image = image("-t ext4 -O ^metadata_csum");
    ForeignTool.named("debugfs").check("-w", "-R", "sif small mode 0100644", image);
    extract(toTar(image), folder.resolve("extracted"));

    assertThat(Arrays.equals(seenByTar(folder.resolve("extracted")), seen)).isFalse();
  }

  private static byte[] content(Ext4Reader reader, String path) {
    try (InputStream in = reader.read(reader.find(path).orElseThrow())) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] contentOf(Path image, String path) {
    return read(image, reader -> content(reader, path));
  }

  @Test
  void whatTheWriterWrote_isReadBack() {
    byte[] large = new byte[100_000];
    Arrays.fill(large, (byte) 7);
    Instant early = Instant.parse("1910-01-02T03:04:05.000000006Z");
    Ext4Attributes attributes =
        new Ext4Attributes(
            06711,
            70_000,
            0xffff_fffeL,
            early,
            Instant.parse("2400-01-02T03:04:05.999999999Z"),
            Ext4Image.TIME,
            Instant.EPOCH,
            Ext4Xattrs.none()
                .with("user.big", new byte[2000])
                .with("trusted.overlay.opaque", bytes("y")));
    Path image =
        Ext4Image.make(
            folder,
            Ext4Image.layer(),
            writer -> {
              int file = writer.beginFile(writer.root(), bytes("file"), attributes);
              writer.write(large, 0, large.length);
              writer.writeHole(5L << 30);
              writer.write(large, 0, 10);
              writer.endFile();
              writer.link(writer.root(), bytes("again"), file);
              writer.makeDevice(
                  writer.root(),
                  bytes("device"),
                  Ext4FileType.BLOCK_DEVICE,
                  300,
                  70_000,
                  Ext4Image.FILE);
              writer.makeDevice(
                  writer.root(),
                  bytes("whiteout"),
                  Ext4FileType.CHARACTER_DEVICE,
                  0,
                  0,
                  Ext4Image.FILE);
              writer.makeSymlink(
                  writer.root(), bytes("link"), new byte[] {(byte) 0xff, 'x'}, Ext4Image.FILE);
            });

    read(
        image,
        reader -> {
          Ext4Node file = reader.find("file").orElseThrow();
          assertThat(file.attributes()).isEqualTo(attributes);
          assertThat(file.links()).isEqualTo(2);
          assertThat(file.sizeBytes()).isEqualTo(100_010 + (5L << 30));
          assertThat(reader.find("again")).contains(file);
          Ext4Node device = reader.find("device").orElseThrow();
          assertThat(device.deviceMajor()).isEqualTo(300);
          assertThat(device.deviceMinor()).isEqualTo(70_000);
          assertThat(reader.find("whiteout").orElseThrow().deviceMajor()).isZero();
          assertThat(reader.target(reader.find("link").orElseThrow()))
              .isEqualTo(ByteString.of(new byte[] {(byte) 0xff, 'x'}));
          try (InputStream in = reader.read(file)) {
            assertThat(in.readNBytes(100_000)).isEqualTo(large);
            in.skipNBytes(5L << 30);
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOf(large, 10));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          assertThat(reader.uuid()).isEqualTo(Ext4Image.ID);
          return 0;
        });
  }

  @Test
  void list_manyNamesOfTheWriter_areSorted() {
    Path image =
        Ext4Image.make(
            folder,
            Ext4Image.layer(),
            writer -> {
              for (int i = 0; i < 5_000; i++) {
                writer.makeDirectory(writer.root(), bytes("d" + i * 31), Ext4Image.DIRECTORY);
              }
            });

    read(
        image,
        reader ->
            assertThat(reader.list(reader.root()))
                .hasSize(5_000)
                .isSorted()
                .doesNotHaveDuplicates());
  }

  @Test
  void sockets_areLeftOutAndReported() throws IOException {
    Path image =
        Ext4Image.make(
            folder,
            Ext4Image.layer(),
            writer ->
                writer.makeDevice(
                    writer.root(), bytes("sock"), Ext4FileType.SOCKET, 0, 0, Ext4Image.FILE));

    read(
        image,
        reader -> {
          try {
            assertThat(reader.toTar(java.io.OutputStream.nullOutputStream()))
                .containsExactly(ByteString.of("sock"));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return 0;
        });
  }

  @Test
  void dirtyJournal_ofTheKernel_isReplayed() throws IOException {
    Path image = image("-t ext4 -b 1024");
    Path copy = folder.resolve("copy");
    Ext4Judge.mountedWritable(
        image,
        root -> {
          for (int round = 0; round < 8; round++) {
            Path target = Files.createDirectories(root.resolve("new" + round));
            for (int i = 0; i < 50; i++) {
              Files.writeString(target.resolve("file" + i), "content " + i);
            }
            if (round > 0) {
              // What is removed gives blocks back, which the journal then revokes.
              ForeignTool.named("rm").check("-r", root.resolve("new" + (round - 1)));
            }
            ForeignTool.named("sync").check();
          }
          Files.copy(image, copy);
        });
    assertThat(ForeignTool.named("dumpe2fs").check("-h", copy).text()).contains("needs_recovery");
    byte[] inMemory = toTar(copy);
    assertThat(ForeignTool.named("e2fsck").run("-fy", copy).exitCode()).isLessThan(4);

    assertThat(Arrays.equals(inMemory, toTar(copy))).isTrue();
    assertThat(contentOf(copy, "new7/file49")).isEqualTo(bytes("content 49"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-c -v 2", "-c -v 3"})
  void dirtyJournal_ofDebugfs_isReplayed(String checksums) throws IOException {
    Path image = image("-t ext4 -b 4096");
    long block = Long.parseLong(Ext4Judge.debugfsText(image, "blocks /small").strip());
    byte[] content = new byte[4096];
    System.arraycopy(bytes("newer"), 0, content, 0, 5);
    // As the journal's magic number, which must be escaped there.
    byte[] magic = {(byte) 0xC0, 0x3B, 0x39, (byte) 0x98};
    System.arraycopy(magic, 0, content, 0, 4);
    Path newer = Files.write(folder.resolve("newer"), content);
    Path script =
        Files.writeString(
            folder.resolve("script"),
            "jo " + checksums + "\njw -b " + block + " " + newer + "\njc\n");
    ForeignTool.named("debugfs").check("-w", "-f", script, image);

    assertThat(contentOf(image, "small"))
        .startsWith(magic)
        .hasSize((int) Files.size(tree.resolve("small")));
  }

  @Test
  void journal_revokedBlock_isNotReplayed() throws IOException {
    Path image = image("-t ext4 -b 4096");
    String block = Ext4Judge.debugfsText(image, "blocks /small").strip();
    Path newer = Files.write(folder.resolve("newer"), new byte[4096]);
    Path script =
        Files.writeString(
            folder.resolve("script"),
            "jo\njw -b " + block + " " + newer + "\njc\njo\njw -r " + block + "\njc\n");
    ForeignTool.named("debugfs").check("-w", "-f", script, image);

    assertThat(contentOf(image, "small")).isEqualTo(Files.readAllBytes(tree.resolve("small")));
  }

  @Test
  void read_ofADirectory_isMisuse() {
    Path image = image("-t ext4");

    read(
        image,
        reader ->
            assertThatThrownBy(() -> reader.read(reader.root()))
                .isInstanceOf(IllegalArgumentException.class));
  }

  @Test
  void find_whatIsNotThere_isEmpty() {
    Path image = image("-t ext4");

    read(
        image,
        reader -> {
          assertThat(reader.find("nothing/here")).isEmpty();
          assertThat(reader.find("small/below")).isEmpty();
          assertThat(reader.find("folder/deeper")).isPresent();
          return 0;
        });
  }
}
