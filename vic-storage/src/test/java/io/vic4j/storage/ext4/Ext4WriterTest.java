package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.DIRECTORY;
import static io.vic4j.storage.ext4.Ext4Image.FILE;
import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.Ext4Image.file;
import static io.vic4j.storage.ext4.Ext4Image.layer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Ext4WriterTest {
  @TempDir Path folder;

  @Test
  void emptyFileSystem_isClean() {
    Path image = Ext4Image.make(folder, layer(), writer -> {});

    assertThat(image).isRegularFile();
  }

  @Test
  void filesOfAllSizes_haveTheirContent() {
    Random random = new Random(1);
    int[] sizes = {0, 1, 4095, 4096, 4097, 100_000, 1 << 20, 3_000_001};
    byte[][] contents = new byte[sizes.length][];
    for (int i = 0; i < sizes.length; i++) {
      contents[i] = new byte[sizes[i]];
      random.nextBytes(contents[i]);
    }

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            writer -> {
              int directory = writer.makeDirectory(writer.root(), bytes("d"), DIRECTORY);
              for (int i = 0; i < sizes.length; i++) {
                file(writer, directory, "f" + i, contents[i]);
              }
            });

    for (int i = 0; i < sizes.length; i++) {
      assertThat(Ext4Judge.debugfs(image, "cat /d/f" + i)).isEqualTo(contents[i]);
    }
  }

  @Test
  void allTypes_areWhatTheyAre() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            writer -> {
              int root = writer.root();
              writer.makeSymlink(root, bytes("fast"), bytes("a".repeat(59)), FILE);
              writer.makeSymlink(root, bytes("slow"), bytes("b".repeat(60)), FILE);
              writer.makeSymlink(root, bytes("slowest"), bytes("c".repeat(4095)), FILE);
              writer.makeDevice(root, bytes("whiteout"), Ext4FileType.CHARACTER_DEVICE, 0, 0, FILE);
              writer.makeDevice(root, bytes("old"), Ext4FileType.BLOCK_DEVICE, 8, 17, FILE);
              writer.makeDevice(
                  root, bytes("new"), Ext4FileType.CHARACTER_DEVICE, 4095, 1048575, FILE);
              writer.makeDevice(root, bytes("fifo"), Ext4FileType.FIFO, 0, 0, FILE);
              writer.makeDevice(root, bytes("socket"), Ext4FileType.SOCKET, 0, 0, FILE);
            });

    Ext4Judge.mounted(
        image,
        root -> {
          assertThat(Files.readSymbolicLink(root.resolve("fast"))).hasToString("a".repeat(59));
          assertThat(Files.readSymbolicLink(root.resolve("slow"))).hasToString("b".repeat(60));
          assertThat(Files.readSymbolicLink(root.resolve("slowest"))).hasToString("c".repeat(4095));
          assertThat(stat(root, "whiteout", "%F %t:%T")).isEqualTo("character special file 0:0");
          assertThat(stat(root, "old", "%F %t:%T")).isEqualTo("block special file 8:11");
          assertThat(stat(root, "new", "%F %t:%T")).isEqualTo("character special file fff:fffff");
          assertThat(stat(root, "fifo", "%F")).isEqualTo("fifo");
          assertThat(stat(root, "socket", "%F")).isEqualTo("socket");
        });
  }

  private static String stat(Path root, String name, String format) {
    return ForeignTool.named("stat").check("-c", format, root.resolve(name)).text().trim();
  }

  @Test
  void removed_leavesNothing() throws IOException {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            writer -> {
              int d = writer.makeDirectory(writer.root(), bytes("d"), DIRECTORY);
              int e = writer.makeDirectory(d, bytes("e"), DIRECTORY);
              int f = file(writer, e, "f", new byte[100_000]);
              writer.link(writer.root(), bytes("kept"), f);
              file(writer, e, "g", new byte[5000]);
              writer.remove(writer.root(), bytes("d"));
              file(writer, writer.root(), "d", bytes("a file now"));
            });

    Ext4Judge.mounted(
        image,
        root -> {
          assertThat(root.resolve("d")).hasContent("a file now");
          assertThat(root.resolve("kept")).hasSize(100_000);
          assertThat(
                  Files.getAttribute(root.resolve("kept"), "unix:nlink", LinkOption.NOFOLLOW_LINKS))
              .isEqualTo(1);
          assertThat(root.toFile().list()).containsExactlyInAnyOrder("d", "kept");
        });
  }

  @Test
  void largeDirectory_isIndexed() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            writer -> {
              int d = writer.makeDirectory(writer.root(), bytes("d"), DIRECTORY);
              for (int i = 0; i < 100_000; i++) {
                file(writer, d, (i % 2 == 0 ? "name-" : "\u00e4-") + i, new byte[0]);
              }
            });

    Ext4Judge.mounted(
        image,
        root -> {
          assertThat(root.resolve("d").toFile().list()).hasSize(100_000);
          for (int i = 0; i < 100_000; i += 98) {
            assertThat(root.resolve("d/name-" + i)).exists();
          }
          assertThat(root.resolve("d/name-100000")).doesNotExist();
        });
  }

  @Test
  void damage_isSeenByTheJudge() throws IOException {
    Path image = Ext4Image.make(folder, layer(), w -> file(w, w.root(), "f", new byte[10]));

    Ext4Judge.damage(image, Layout.Superblock.OFFSET + Layout.Superblock.LAST_CHECK);

    assertThatThrownBy(() -> Ext4Judge.assertClean(image)).isInstanceOf(AssertionError.class);
  }
}
