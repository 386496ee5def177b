package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.NotFoundException;
import io.vic4j.storage.tar.RawTar;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layer disks written as the tars of layers, as GNU tar reads them. */
class LayerTarExportTest {
  @TempDir Path folder;
  private LayerStore store;

  @BeforeEach
  void open() {
    store = LayerStore.at(folder.resolve("store"));
  }

  private byte[] export(LayerDisk disk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.disks.writeTar(disk.diffId(), out);
    return out.toByteArray();
  }

  private List<String> names(byte[] tar) throws IOException {
    Path file = Files.write(folder.resolve("layer.tar"), tar);
    return ForeignTool.named("tar").check("-tf", file).text().lines().toList();
  }

  @Test
  void whiteouts_areThoseOfOci() throws IOException {
    byte[] tar =
        new RawTar()
            .entry('5', "d/", new byte[0])
            .file("d/.wh..wh..opq", "")
            .file("d/kept", "x")
            .file(".wh.gone", "")
            .file("d/.wh.hidden-anyway", "")
            .file("e/.wh.too", "")
            .end();

    assertThat(names(export(store.build(tar))))
        .containsExactly("d/", "d/.wh..wh..opq", "d/kept", "e/.wh.too", ".wh.gone");
  }

  @Test
  void directoriesThatTheTarDidNotHave_areLeftOut() throws IOException {
    byte[] tar = new RawTar().file("a/b/c", "x").entry('5', "a/d/", new byte[0]).end();

    assertThat(names(export(store.build(tar)))).containsExactly("a/b/c", "a/d/");
  }

  @Test
  void sameDisk_makesTheSameBytes() throws IOException {
    byte[] tar = new RawTar().file("b", "x").file("a", "y").end();
    byte[] once = export(store.build(tar));
    LayerStore other = LayerStore.at(folder.resolve("other"));
    LayerDisk again = other.build(tar);

    ByteArrayOutputStream twice = new ByteArrayOutputStream();
    other.disks.writeTar(again.diffId(), twice);
    assertThat(twice.toByteArray()).isEqualTo(once);
    assertThat(names(once)).containsExactly("a", "b");
  }

  @Test
  void missingDisk_isNotFound() {
    assertThatThrownBy(
            () -> store.disks.writeTar(Digest.sha256("none"), OutputStream.nullOutputStream()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void listThatDoesNotFitTheDisk_isCorrupt() throws IOException {
    LayerDisk disk = store.build(new RawTar().file("a/b", "x").end());
    Path list = store.file(disk.path()).resolveSibling("implied.txt");
    Files.writeString(list, "1 + z\n");

    assertThatThrownBy(() -> export(disk)).isInstanceOf(CorruptException.class);
  }
}
