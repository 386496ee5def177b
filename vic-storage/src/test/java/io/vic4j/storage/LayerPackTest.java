package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.TreeEntry;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.RawTar;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks of several layers; what they hide of one another is {@link WhiteoutTest}'s. */
class LayerPackTest {
  @TempDir Path folder;

  private static RawTar tar() {
    return new RawTar().add('5', "./");
  }

  private static Optional<Ext4Node> find(LayerStore store, LayerDisk disk, String path) {
    try (DatastoreReader image = store.datastore.open(disk.extentPath())) {
      return Ext4Reader.open(image).find(path);
    }
  }

  private static Ext4Attributes attributes(LayerStore store, LayerDisk disk, String path) {
    return find(store, disk, path).orElseThrow().attributes();
  }

  @Test
  void pack_hasWhatItsLayersHave_toTheLastAttribute() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk layer = store.build(rich());
    LayerDisk pack = store.pack(List.of(layer, store.build(tar().file("other", "").end())));

    SortedMap<String, TreeEntry> tree = DebugfsTree.of(store.file(pack.extentPath()));
    assertThat(tree.remove("other")).isNotNull();
    tree.remove("");
    SortedMap<String, TreeEntry> expected = DebugfsTree.of(store.file(layer.extentPath()));
    expected.remove("");
    assertThat(tree).hasSize(10).isEqualTo(expected);
  }

  /** One of each, with hard links, a hole, owners, times and extended attributes. */
  private static byte[] rich() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(bytes);
    tar.put(entry(TarEntry.Type.DIRECTORY, "d/").build());
    byte[] content = new byte[300_000];
    content[100_000] = 1;
    content[299_999] = 2;
    tar.put(
        entry(TarEntry.Type.FILE, "d/file")
            .mode(04755)
            .owner(70_000, 4_000_000_000L)
            .modified(Instant.parse("2040-02-03T04:05:06.789012345Z"))
            .sizeBytes(content.length)
            .xattr(ByteString.of("user.note"), ByteString.of("x".repeat(500)))
            .build());
    tar.write(content, 0, content.length);
    tar.put(entry(TarEntry.Type.HARD_LINK, "d/again").linkTarget(ByteString.of("d/file")).build());
    tar.put(
        entry(TarEntry.Type.SYMBOLIC_LINK, "d/to").linkTarget(ByteString.of("../else")).build());
    tar.put(
        entry(TarEntry.Type.SYMBOLIC_LINK, "d/far")
            .linkTarget(ByteString.of("f".repeat(300)))
            .build());
    tar.put(entry(TarEntry.Type.HARD_LINK, "d/far2").linkTarget(ByteString.of("d/far")).build());
    tar.put(entry(TarEntry.Type.CHARACTER_DEVICE, "d/null").device(1, 3).build());
    tar.put(entry(TarEntry.Type.BLOCK_DEVICE, "d/disk").device(259, 70_000).build());
    tar.put(entry(TarEntry.Type.FIFO, "d/fifo").build());
    tar.put(entry(TarEntry.Type.HARD_LINK, "fifo").linkTarget(ByteString.of("d/fifo")).build());
    tar.finish();
    return bytes.toByteArray();
  }

  private static TarEntry.Builder entry(TarEntry.Type type, String name) {
    return TarEntry.builder(type, ByteString.of(name))
        .mode(0640)
        .owner(3, 4)
        .modified(Instant.parse("1965-02-03T04:05:06.5Z"));
  }

  @Test
  void pack_isTheSameToTheLastByte_whereverItIsMade() throws IOException {
    List<byte[]> extents =
        List.of("one", "two").stream()
            .map(
                name -> {
                  LayerStore store = LayerStore.at(folder.resolve(name));
                  LayerDisk lower = store.build(tar().file("a/b", "1").file("c", "").end());
                  LayerDisk upper = store.build(tar().file("a/d", "2").file(".wh.c", "").end());
                  LayerDisk pack = store.pack(List.of(lower, upper));
                  assertThat(pack.diffId())
                      .isEqualTo(Digest.sha256("pack\n" + lower.diffId() + "\n" + upper.diffId()));
                  assertThat(pack.layers()).containsExactly(lower.diffId(), upper.diffId());
                  return store.file(pack.extentPath());
                })
            .map(LayerPackTest::bytes)
            .toList();
    assertThat(extents.get(0)).isEqualTo(extents.get(1));
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void pack_thatIsThere_isFoundThoughItsLayersAreGone() {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> layers =
        List.of(store.build(tar().file("a", "").end()), store.build(tar().file("b", "").end()));
    LayerDisk pack = store.pack(layers);
    layers.forEach(layer -> store.disks.remove(layer.diffId()));

    assertThat(store.pack(layers)).isEqualTo(pack);
    assertThat(store.disks.find(pack.diffId())).contains(pack);
    store.assertHoldsOnly(pack);
  }

  @Test
  void layerThatIsNotThere_isNamed() {
    LayerStore store = LayerStore.at(folder);
    LayerDisk here = store.build(tar().file("a", "").end());
    LayerDisk gone = store.build(tar().file("b", "").end());
    store.disks.remove(gone.diffId());

    assertThatThrownBy(() -> store.pack(List.of(here, gone)))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(gone.diffId().toString());
    store.assertHoldsOnly(here);
  }

  @Test
  @DiskJudge.Exempt("a disk is damaged on purpose")
  void damagedLayer_isNamed_andNothingIsPublished() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk good = store.build(tar().file("a", "").end());
    LayerDisk bad = store.build(tar().file("b", "").end());
    Path extent = store.file(bad.extentPath());
    byte[] bytes = Files.readAllBytes(extent);
    java.util.Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5a);
    Files.write(extent, bytes);

    assertThatThrownBy(() -> store.pack(List.of(good, bad)))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(bad.extentPath().toString());
    store.assertHoldsOnly(good, bad);
  }

  @Test
  void listOfImpliedDirectoriesThatTheDiskDoesNotHave_isDamage() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk good = store.build(tar().file("a", "").end());
    LayerDisk bad = store.build(tar().file("d/b", "").end());
    Path list = store.file(bad.extentPath()).resolveSibling("implied.txt");
    Files.writeString(list, Files.readString(list).replace('d', 'e'));

    assertThatThrownBy(() -> store.pack(List.of(good, bad)))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("implied.txt");
  }

  @Test
  void allTogether_areHeldToTheLimits() {
    LayerStore store = LayerStore.at(folder, LayerLimits.DEFAULT.toBuilder().entries(3).build());
    List<LayerDisk> layers =
        List.of(
            store.build(new RawTar().file("a", "").file("b", "").end()),
            store.build(new RawTar().file("c", "").file("d", "").end()));

    assertThatThrownBy(() -> store.pack(layers))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("more than 3 entries");
  }

  @Test
  void directoryImpliedByTheUpperLayer_keepsWhatTheLowerSays() {
    LayerStore store = LayerStore.at(folder);
    RawTar.Header explicit = RawTar.header('5', "d/", 0).text(100, "0000701");
    LayerDisk pack =
        store.pack(
            List.of(
                store.build(new RawTar().add(explicit).end()),
                store.build(new RawTar().file("d/f", "").end())));

    assertThat(attributes(store, pack, "d").permissions()).isEqualTo(0701);
    assertThat(pack.impliedDirectories()).isZero();
  }

  @Test
  void directoryThatAllLayersImply_staysImplied() {
    LayerStore store = LayerStore.at(folder);
    LayerDisk pack =
        store.pack(
            List.of(
                store.build(new RawTar().file("d/f", "").end()),
                store.build(new RawTar().file("d/g", "").file("e/f", "").end())));

    assertThat(pack.impliedDirectories()).isEqualTo(2);
  }

  @Test
  void deviceThatLooksLikeAWhiteout_staysBelowAnOpaqueDirectory() {
    LayerStore store = LayerStore.at(folder);
    LayerDisk lower = store.build(tar().file("d/f", "").end());
    LayerDisk upper =
        store.build(tar().file("d/.wh..wh..opq", "").add('3', "d/f").file("d/.wh.g", "").end());

    LayerDisk pack = store.pack(List.of(lower, upper));

    assertThat(find(store, pack, "d/f").map(Ext4Node::type))
        .contains(Ext4FileType.CHARACTER_DEVICE);
    assertThat(find(store, pack, "d/g")).isEmpty();
  }

  @Test
  void oneDisk_isNothingToPack() {
    LayerStore store = LayerStore.at(folder);
    LayerDisk one = store.build(tar().file("a", "").end());
    assertThatThrownBy(() -> store.disks.pack(List.of(one), Progress.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nothing to pack: 1 layers");
  }

  @Test
  void attributesForOverlayfs_areLeftOutOfALayer() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(bytes);
    tar.put(
        entry(TarEntry.Type.DIRECTORY, "d/")
            .xattr(ByteString.of("trusted.overlay.redirect"), ByteString.of("/etc"))
            .xattr(ByteString.of("trusted.other"), ByteString.of("kept"))
            .build());
    tar.finish();
    LayerStore store = LayerStore.at(folder);

    assertThat(attributes(store, store.build(bytes.toByteArray()), "d").xattrs().names())
        .containsExactly("trusted.other");
  }
}
