package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4AttributesTest.assertLimit;
import static io.vic4j.storage.ext4.Ext4Image.DIRECTORY;
import static io.vic4j.storage.ext4.Ext4Image.FILE;
import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.Ext4Image.file;
import static io.vic4j.storage.ext4.Ext4Image.layer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Ext4LimitsTest {
  @TempDir Path folder;

  /** Does something with a writer, whose image must be clean in the end. */
  private void writing(Consumer<Ext4Writer> content) {
    Ext4Image.make(folder, layer(), content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "nul\0"})
  void name_isRefused(String name) {
    writing(w -> assertLimit(Limit.NAME, () -> w.makeDirectory(2, bytes(name), DIRECTORY)));
  }

  @Test
  void nameOf255Bytes_isKept_and256AreRefused() {
    writing(
        w -> {
          file(w, w.root(), "x".repeat(255), bytes("x"));
          assertLimit(
              Limit.NAME, () -> w.makeDirectory(w.root(), bytes("x".repeat(256)), DIRECTORY));
        });
  }

  @Test
  void nameThatIsNotUtf8_isKept() {
    byte[] name = {(byte) 0xFF, (byte) 0xC3, 'a'};

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              int node = w.makeDirectory(w.root(), name, DIRECTORY);
              assertThat(w.find(w.root(), name)).hasValue(node);
              assertThat(w.names(w.root())).containsExactly(name);
            });

    assertThat(new String(Ext4Judge.debugfs(image, "ls -p /"), StandardCharsets.ISO_8859_1))
        .contains(new String(name, StandardCharsets.ISO_8859_1));
  }

  @Test
  void linkTarget_isRefused() {
    writing(
        w -> {
          assertLimit(Limit.SYMLINK_TARGET, () -> w.makeSymlink(2, bytes("l"), new byte[0], FILE));
          assertLimit(
              Limit.SYMLINK_TARGET,
              () -> w.makeSymlink(2, bytes("l"), bytes("x".repeat(4096)), FILE));
          assertLimit(
              Limit.SYMLINK_TARGET, () -> w.makeSymlink(2, bytes("l"), bytes("a\0b"), FILE));
        });
  }

  @Test
  void deviceNumber_isRefused() {
    writing(
        w -> {
          Ext4FileType type = Ext4FileType.BLOCK_DEVICE;
          assertLimit(Limit.DEVICE_NUMBER, () -> w.makeDevice(2, bytes("d"), type, 4096, 0, FILE));
          assertLimit(
              Limit.DEVICE_NUMBER, () -> w.makeDevice(2, bytes("d"), type, 0, 1 << 20, FILE));
        });
  }

  @Test
  void fileOf16TebibytesLessABlock_isKept_andMoreIsRefused() {
    writing(
        w -> {
          w.beginFile(w.root(), bytes("f"), FILE);
          w.writeHole((1L << 44) - 4096);
          assertLimit(Limit.FILE_SIZE, () -> w.writeHole(1));
          w.endFile();
        });
  }

  @Test
  void linksBeyond65000_areRefused() {
    writing(
        w -> {
          int node = file(w, w.root(), "f", bytes("x"));
          int d = w.makeDirectory(w.root(), bytes("d"), DIRECTORY);
          for (int i = 1; i < 65_000; i++) {
            w.link(d, bytes("link" + i), node);
          }
          assertLimit(Limit.LINKS, () -> w.link(d, bytes("one more"), node));
        });
  }

  @Test
  void contentBeyondTheSizeLimit_isRefused() {
    Ext4Options options = Ext4Options.builder(Ext4Image.ID).sizeLimitBytes(1 << 20).build();

    assertLimit(
        Limit.FILE_SYSTEM_SIZE,
        () -> Ext4Image.make(folder, options, w -> file(w, w.root(), "f", new byte[1 << 20])));
  }

  @Test
  void fixedSize_runsOutOfSpace() {
    Ext4Options options = Ext4Options.builder(Ext4Image.ID).sizeBytes(1 << 20).build();

    assertThatThrownBy(
            () -> Ext4Image.make(folder, options, w -> file(w, w.root(), "f", new byte[1 << 20])))
        .isInstanceOf(OutOfSpaceException.class)
        .hasMessageContaining("1048576 bytes is full");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void fixedSize_runsOutOfInodes() {
    Ext4Options options = Ext4Options.builder(Ext4Image.ID).sizeBytes(1 << 20).build();

    Ext4Image.make(
        folder,
        options,
        w ->
            assertThatThrownBy(
                    () -> {
                      for (int i = 0; i < 1000; i++) {
                        file(w, w.root(), "f" + i, new byte[0]);
                      }
                    })
                .isInstanceOf(OutOfSpaceException.class)
                .hasMessageContaining("no inode left of 64"));
  }

  @Test
  void nameInUse_isRefused() {
    writing(
        w -> {
          file(w, w.root(), "f", bytes("x"));
          assertThatIllegalArgumentException()
              .isThrownBy(() -> w.makeDirectory(w.root(), bytes("f"), DIRECTORY))
              .withMessageContaining("'f'");
        });
  }

  @Test
  void directory_isNotLinked() {
    writing(
        w -> {
          int d = w.makeDirectory(w.root(), bytes("d"), DIRECTORY);
          assertThatIllegalArgumentException().isThrownBy(() -> w.link(2, bytes("e"), d));
        });
  }

  @Test
  void strayHandle_isRefused() {
    writing(
        w -> {
          int f = file(w, w.root(), "f", bytes("x"));
          w.remove(w.root(), bytes("f"));
          assertThatIllegalArgumentException().isThrownBy(() -> w.type(f));
          assertThatIllegalArgumentException().isThrownBy(() -> w.type(-1));
          assertThatIllegalArgumentException().isThrownBy(() -> w.type(1 << 20));
          assertThatIllegalArgumentException().isThrownBy(() -> w.remove(2, bytes("f")));
        });
  }

  @Test
  void callsOutOfTurn_areRefused() {
    writing(
        w -> {
          assertThatIllegalStateException().isThrownBy(() -> w.write(new byte[1], 0, 1));
          w.beginFile(w.root(), bytes("f"), FILE);
          assertThatIllegalStateException()
              .isThrownBy(() -> w.makeDirectory(w.root(), bytes("d"), DIRECTORY));
          assertThatIllegalStateException().isThrownBy(w::finish);
          w.endFile();
        });
  }

  @Test
  void interruption_cancels() {
    try {
      assertThatThrownBy(
              () ->
                  Ext4Image.make(
                      folder,
                      layer(),
                      w -> {
                        Thread.currentThread().interrupt();
                        file(w, w.root(), "f", new byte[10]);
                      }))
          .isInstanceOf(CancelledException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
