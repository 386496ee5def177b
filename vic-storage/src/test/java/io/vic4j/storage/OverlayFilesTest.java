package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.Ext4Xattrs;
import io.vic4j.storage.overlay.FileStatus;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.RawTar;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths, and what is shown of stacks of disks; what a kernel shows, {@link WrittenOverlayTest}. */
class OverlayFilesTest {
  private static final Ext4Attributes PLAIN = Ext4Attributes.of(0755, 0, 0, Instant.EPOCH);
  private static final DatastorePath SCRATCH = DatastorePath.parse("containers/one/scratch.vmdk");

  @TempDir Path folder;
  private LayerStore store;

  @BeforeEach
  void open() {
    store = LayerStore.at(folder.resolve("store"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private DatastorePath layer(RawTar tar) {
    return store.build(tar.end()).path();
  }

  private static RawTar image() {
    return new RawTar()
        .entry('5', "etc/", new byte[0])
        .file("etc/motd", "hello")
        .link('2', "etc/absolute", "/etc/motd")
        .link('2', "etc/up", "../../../../etc/motd")
        .link('2', "link", "etc")
        .link('2', "loop", "loop")
        .link('2', "dangling", "nowhere/at/all")
        .link('1', "etc/hard", "etc/motd")
        .file("top", "x");
  }

  /** Writes a disk; its journal is left out, for it is whole. */
  private void disk(DatastorePath vmdk, Consumer<Ext4Writer> content) {
    DatastorePath extent = vmdk.parent().resolve(vmdk.name().replace(".vmdk", "-flat.vmdk"));
    try (DatastoreWriter writer =
            NewDisk.begin(
                store.datastore, vmdk, extent, Digest.sha256(vmdk.toString()), Progress.NONE);
        Ext4Writer fs =
            Ext4Writer.create(
                writer, Ext4Options.builder(new UUID(1, 1)).sizeBytes(16L << 20).build())) {
      content.accept(fs);
      fs.finish();
      writer.commit();
    }
  }

  private static void file(Ext4Writer fs, int parent, String name, String content) {
    fs.beginFile(parent, bytes(name), PLAIN);
    fs.write(bytes(content), 0, bytes(content).length);
    fs.endFile();
  }

  private static String read(OverlayFiles files, String path) throws IOException {
    try (InputStream in = files.read(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<TarEntry> copyOut(OverlayFiles files, String path) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    files.copyOut(path, out);
    List<TarEntry> entries = new ArrayList<>();
    TarReader tar = new TarReader(new ByteArrayInputStream(out.toByteArray()));
    while (tar.next()) {
      entries.add(tar.entry());
    }
    return entries;
  }

  private static List<String> names(OverlayFiles files, String path) throws IOException {
    return copyOut(files, path).stream().map(entry -> entry.name().toString()).toList();
  }

  @Test
  void pathsLeadWhereAProgramWouldGet_andNeverOutOfTheRoot() throws IOException {
    try (OverlayFiles files = OverlayFiles.builder(store.datastore).layer(layer(image())).open()) {
      for (String path :
          List.of(
              "/etc/motd",
              "etc/motd",
              "//etc/./motd",
              "/link/motd",
              "/etc/absolute",
              "/etc/up",
              "../../etc/motd",
              "/link/../etc/up")) {
        assertThat(read(files, path)).as(path).isEqualTo("hello");
      }
      for (String path :
          List.of(
              "/none",
              "/none/../etc/motd",
              "/top/../etc/motd",
              "/etc/motd/below",
              "/etc/motd/",
              "/dangling/",
              "/etc")) {
        assertThatThrownBy(() -> read(files, path)).as(path).isInstanceOf(NotFoundException.class);
      }
      assertThatThrownBy(() -> read(files, "/loop")).isInstanceOf(InvalidArgumentException.class);
      assertThat(files.find("/loop").flatMap(FileStatus::linkTarget))
          .contains(ByteString.of("loop"));
    }
  }

  @Test
  void status_isThatOfALinkItself_unlessThePathSaysDirectory() {
    try (OverlayFiles files = OverlayFiles.builder(store.datastore).layer(layer(image())).open()) {
      assertThat(files.find("/link").orElseThrow().type()).isEqualTo(Ext4FileType.SYMLINK);
      FileStatus directory = files.find("/link/").orElseThrow();
      assertThat(directory.type()).isEqualTo(Ext4FileType.DIRECTORY);
      assertThat(directory.path()).hasToString("/etc");
      assertThat(files.find("/").orElseThrow().path()).hasToString("/");
      assertThat(files.find("/link/hard").orElseThrow().path()).hasToString("/etc/hard");
      assertThat(files.find("/top/")).isEmpty();
      assertThat(files.find("/nothing")).isEmpty();
    }
  }

  @Test
  void archives_beginWithThePathsLastName() throws IOException {
    try (OverlayFiles files = OverlayFiles.builder(store.datastore).layer(layer(image())).open()) {
      List<String> whole = List.of("absolute", "hard", "motd", "up");
      assertThat(names(files, "/etc/motd")).containsExactly("motd");
      assertThat(names(files, "/etc"))
          .containsExactly("etc/", "etc/absolute", "etc/hard", "etc/motd", "etc/up");
      assertThat(names(files, "/link")).containsExactly("link");
      assertThat(names(files, "/link/"))
          .containsExactly("link/", "link/absolute", "link/hard", "link/motd", "link/up");
      assertThat(names(files, "/link/.")).element(0).isEqualTo("./");
      assertThat(names(files, "/link/.")).containsAll(whole);
      assertThat(names(files, "/")).contains("./", "etc/", "etc/motd", "top");
      assertThatThrownBy(() -> copyOut(files, "/none")).isInstanceOf(NotFoundException.class);
    }
  }

  @Test
  void hardLinks_areLinksOnlyWithinTheArchive() throws IOException {
    try (OverlayFiles files = OverlayFiles.builder(store.datastore).layer(layer(image())).open()) {
      TarEntry second = copyOut(files, "/etc").get(3);
      assertThat(second.type()).isEqualTo(TarEntry.Type.HARD_LINK);
      assertThat(second.linkTarget()).contains(ByteString.of("etc/hard"));
      assertThat(copyOut(files, "/etc/motd").get(0).type()).isEqualTo(TarEntry.Type.FILE);
    }
  }

  @Test
  void beforeTheFirstStart_itIsTheImage() throws IOException {
    DatastorePath layer = layer(image());
    ScratchDisk scratch =
        ScratchDisks.in(store.datastore)
            .create(SCRATCH.parent(), "scratch", 16L << 20, new UUID(2, 2));
    try (OverlayFiles image = OverlayFiles.builder(store.datastore).layer(layer).open();
        OverlayFiles fresh =
            OverlayFiles.builder(store.datastore).layer(layer).scratch(scratch.path()).open();
        ScratchChanges changes = ScratchChanges.open(store.datastore, scratch.path())) {
      assertThat(names(fresh, "/")).isEqualTo(names(image, "/"));
      assertThat(changes.isEmpty(PLAIN)).isTrue();
    }
  }

  @Test
  void changesOfTheRootAlone_areNoneIfOnlyItsTimesDiffer() {
    disk(SCRATCH, fs -> fs.makeDirectory(fs.root(), bytes("upper"), PLAIN));
    try (ScratchChanges changes = ScratchChanges.open(store.datastore, SCRATCH)) {
      assertThat(changes.isEmpty(Ext4Attributes.of(0755, 0, 0, Instant.ofEpochSecond(9)))).isTrue();
      assertThat(changes.isEmpty(Ext4Attributes.of(0700, 0, 0, Instant.EPOCH))).isFalse();
    }
  }

  @Test
  void volumeOnAVolume_andOnAPathThroughALink_isShownWhereTheGuestMountsIt() throws IOException {
    DatastorePath outer = DatastorePath.parse("volumes/outer/volume.vmdk");
    DatastorePath inner = DatastorePath.parse("volumes/inner/volume.vmdk");
    disk(outer, fs -> file(fs, fs.root(), "outer", "1"));
    disk(inner, fs -> file(fs, fs.root(), "inner", "2"));
    try (OverlayFiles files =
        OverlayFiles.builder(store.datastore)
            .layer(layer(image()))
            .volume("/link/data", outer)
            .volume("/etc/data/more", inner)
            .open()) {
      assertThat(read(files, "/etc/data/outer")).isEqualTo("1");
      assertThat(read(files, "/link/data/more/../more/inner")).isEqualTo("2");
      assertThat(names(files, "/link/data"))
          .containsExactly("data/", "data/more/", "data/more/inner", "data/outer");
      assertThat(files.list("/")).doesNotContain(ByteString.of("data"));
    }
  }

  @Test
  void partOfAVolume_isShownAlone_andOneThatIsNotThereIsNotShown() throws IOException {
    DatastorePath volume = DatastorePath.parse("volumes/data/volume.vmdk");
    disk(
        volume,
        fs -> {
          file(fs, fs.root(), "outer", "1");
          file(fs, fs.makeDirectory(fs.root(), bytes("part"), PLAIN), "inner", "2");
        });
    try (OverlayFiles files =
        OverlayFiles.builder(store.datastore)
            .layer(layer(image()))
            .volume("/part", volume, "part/")
            .volume("/file", volume, "outer")
            .volume("/none", volume, "other")
            .open()) {
      assertThat(files.list("/part")).containsExactly(ByteString.of("inner"));
      assertThat(read(files, "/part/inner")).isEqualTo("2");
      assertThat(read(files, "/file")).isEqualTo("1");
      assertThat(files.find("/none")).isEmpty();
    }
  }

  @Test
  void changesThatALayerCannotTell_areRefusedByName() {
    disk(
        SCRATCH,
        fs -> file(fs, fs.makeDirectory(fs.root(), bytes("upper"), PLAIN), ".wh.odd", "x"));
    try (ScratchChanges changes = ScratchChanges.open(store.datastore, SCRATCH)) {
      assertThatThrownBy(() -> changes.writeTar(OutputStream.nullOutputStream()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining(".wh.odd");
    }
  }

  @Test
  void redirectedDirectory_isRefused() {
    Ext4Attributes moved =
        PLAIN.withXattrs(Ext4Xattrs.none().with("trusted.overlay.redirect", bytes("/etc")));
    disk(
        SCRATCH,
        fs -> {
          int upper = fs.makeDirectory(fs.root(), bytes("upper"), PLAIN);
          fs.makeDirectory(upper, bytes("moved"), moved);
        });
    try (OverlayFiles files =
            OverlayFiles.builder(store.datastore).layer(layer(image())).scratch(SCRATCH).open();
        ScratchChanges changes = ScratchChanges.open(store.datastore, SCRATCH)) {
      assertThatThrownBy(() -> files.find("/moved"))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("redirect_dir=off");
      assertThatThrownBy(() -> changes.writeTar(OutputStream.nullOutputStream()))
          .isInstanceOf(UnsupportedException.class);
    }
  }

  @Test
  void upperThatIsNoDirectory_isCorrupt_andTheDiskIsNamed() {
    disk(SCRATCH, fs -> file(fs, fs.root(), "upper", "x"));
    DatastorePath layer = layer(image());
    assertThatThrownBy(
            () -> OverlayFiles.builder(store.datastore).layer(layer).scratch(SCRATCH).open())
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(SCRATCH.toString());
    assertThatThrownBy(() -> ScratchChanges.open(store.datastore, SCRATCH))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void damagedDisk_isNamed() throws IOException {
    DatastorePath layer = layer(image());
    // A copy, for all disks of the store are judged in the end.
    Path copy = Files.createDirectories(folder.resolve("damaged"));
    Files.copy(store.file(layer), copy.resolve("layer.vmdk"));
    byte[] extent = Files.readAllBytes(store.file(layer.parent().resolve("layer-flat.vmdk")));
    extent[0x400 + 0x20] ^= 1;
    Files.write(copy.resolve("layer-flat.vmdk"), extent);
    assertThatThrownBy(
            () ->
                OverlayFiles.builder(LocalDatastore.at(copy))
                    .layer(DatastorePath.parse("layer.vmdk"))
                    .open())
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("disk 'layer.vmdk'");
    Files.delete(copy.resolve("layer.vmdk"));
    Files.delete(copy.resolve("layer-flat.vmdk"));
  }

  @Test
  void interruptedCopy_ends() {
    try (OverlayFiles files = OverlayFiles.builder(store.datastore).layer(layer(image())).open()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> files.copyOut("/", OutputStream.nullOutputStream()))
          .isInstanceOf(CancelledException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
