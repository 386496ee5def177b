package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.DIRECTORY;
import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.Ext4Image.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** File systems of a fixed size, which are written to later. */
class Ext4ScratchDiskTest {
  private static final long MIB = 1 << 20;

  @TempDir Path folder;

  private static Ext4Options.Builder ofSize(long sizeBytes) {
    return Ext4Options.builder(Ext4Image.ID).sizeBytes(sizeBytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 5, 127, 128, 129, 200, 384, 385, 1000, 3500})
  void everySize_isCleanAndExact(long mebibytes) {
    Path image = Ext4Image.make(folder, ofSize(mebibytes * MIB).build(), w -> {});

    assertThat(image).hasSize(mebibytes * MIB);
  }

  @Test
  void lastGroupWithoutRoomForItsBackup_isLeftOff() {
    Path image = Ext4Image.make(folder, ofSize(128 * MIB + 40 * 4096).build(), w -> {});

    assertThat(image).hasSize(128 * MIB + 40 * 4096);
    assertThat(Ext4Judge.debugfsText(image, "stats")).contains("Block count:              32768");
  }

  @Test
  void sixtyFourGibibytes_costLessThanAMebibyte() throws IOException {
    Path image = Ext4Image.make(folder, ofSize(64L << 30).journalBytes(128 * MIB).build(), w -> {});

    String blocks = ForeignTool.named("stat").check("-c", "%b", image).text().trim();
    assertThat(Long.parseLong(blocks) * 512).isLessThan(MIB);
  }

  @Test
  void sixteenTebibytesLessABlock_isClean() {
    long size = (1L << 44) - 4096;

    Path image = Ext4Image.make(folder, ofSize(size).bytesPerInode(1 << 26).build(), w -> {});

    assertThat(image).hasSize(size);
  }

  @Test
  void mountedAndWrittenTo_staysClean() {
    Path image =
        Ext4Image.make(
            folder,
            ofSize(600 * MIB).journalBytes(16 * MIB).label("scratch").build(),
            w -> {
              int d = w.makeDirectory(w.root(), bytes("upper"), DIRECTORY);
              file(w, d, "given", bytes("here before"));
            });

    Ext4Judge.mountedWritable(
        image,
        root -> {
          byte[] content = new byte[1 << 20];
          for (int i = 0; i < 300; i++) {
            Files.write(root.resolve("upper/f" + i), content);
          }
          for (int i = 0; i < 3000; i++) {
            Files.createDirectories(root.resolve("work/d" + i));
          }
          for (int i = 0; i < 300; i += 2) {
            Files.delete(root.resolve("upper/f" + i));
          }
        });

    Ext4Judge.assertClean(image);
    assertThat(Ext4Judge.debugfsText(image, "cat /upper/given")).isEqualTo("here before");
    assertThat(Ext4Judge.debugfsText(image, "stats")).contains("scratch", "has_journal");
  }

  @Test
  void indexedDirectory_growsInTheKernelsHands() {
    Path image =
        Ext4Image.make(
            folder,
            ofSize(64 * MIB).bytesPerInode(4096).build(),
            w -> {
              int d = w.makeDirectory(w.root(), bytes("d"), DIRECTORY);
              for (int i = 0; i < 3000; i++) {
                file(w, d, "before-" + i, new byte[0]);
              }
            });

    Ext4Judge.mountedWritable(
        image,
        root -> {
          for (int i = 0; i < 3000; i++) {
            Files.createFile(root.resolve("d/after-" + i));
          }
        });

    Ext4Judge.assertClean(image);
  }

  @Test
  void killedInTheMiddle_isReplayed() throws IOException {
    Path image = Ext4Image.make(folder, ofSize(64 * MIB).journalBytes(4 * MIB).build(), w -> {});
    Path copy = folder.resolve("as-after-a-kill.img");

    Ext4Judge.mountedWritable(
        image,
        root -> {
          for (int i = 0; i < 500; i++) {
            Files.write(root.resolve("f" + i), bytes("some text"));
          }
          ForeignTool.named("sync").check("-f", root);
          Files.copy(image, copy);
        });

    assertThat(ForeignTool.named("e2fsck").run("-fp", copy).exitCode()).isLessThanOrEqualTo(1);
    Ext4Judge.assertClean(copy);
    assertThat(Ext4Judge.debugfsText(copy, "cat /f499")).isEqualTo("some text");
  }

  @Test
  void backups_serveToRepair() throws IOException {
    Path image = Ext4Image.make(folder, ofSize(300 * MIB).build(), w -> {});
    Ext4Judge.damage(image, Layout.Superblock.OFFSET + Layout.Superblock.MAGIC);

    ForeignTool.Result result =
        ForeignTool.named("e2fsck").run("-fy", "-b", "32768", "-B", "4096", image);

    assertThat(result.exitCode()).isEqualTo(1);
    Ext4Judge.assertClean(image);
  }

  @Test
  void fileAcrossABackup_isWhole() {
    int mebibytes = 140;

    Path image =
        Ext4Image.make(
            folder,
            ofSize(200 * MIB).build(),
            w -> {
              byte[] buffer = new byte[1 << 20];
              w.beginFile(w.root(), bytes("f"), Ext4Image.FILE);
              for (int i = 0; i < mebibytes; i++) {
                Arrays.fill(buffer, (byte) i);
                w.write(buffer, 0, buffer.length);
              }
              w.endFile();
              for (int i = 0; i < 50; i++) {
                file(w, w.root(), "small" + i, new byte[i * 1000]);
              }
              for (int i = 0; i < 50; i += 3) {
                w.remove(w.root(), bytes("small" + i));
              }
            });

    byte[] content = Ext4Judge.debugfs(image, "cat /f");
    assertThat(content).hasSize(mebibytes << 20);
    for (int i = 0; i < content.length; i += 4096) {
      assertThat(content[i]).isEqualTo((byte) (i >> 20));
    }
  }

  @Test
  void optionsOutOfRange_areRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> ofSize(4096).build());
    assertThatIllegalArgumentException().isThrownBy(() -> ofSize(MIB + 1).build());
    assertThatIllegalArgumentException().isThrownBy(() -> ofSize(1L << 44).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ofSize(MIB).label("seventeen letters").build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ext4Options.builder(Ext4Image.ID).journalBytes(8 * MIB).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ofSize(64 * MIB).journalBytes(MIB).build());
    assertThatIllegalArgumentException().isThrownBy(() -> ofSize(MIB).bytesPerInode(1).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ofSize(8L << 40).bytesPerInode(4096).build());
  }
}
