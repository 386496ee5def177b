package io.vic4j.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.TreeEntry;
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
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The content of layer disks is what GNU tar extracts. */
class LayerContentTest {
  @TempDir Path folder;

  private void assertAsGnuTarExtracts(byte[] tar) throws IOException {
    LayerStore store = LayerStore.at(folder.resolve("store"));
    LayerDisk disk = store.build(tar);
    Path archive = Files.write(folder.resolve("layer.tar"), tar);
    SortedMap<String, TreeEntry> extracted = GnuTar.extracted(archive, folder.resolve("extracted"));
    SortedMap<String, TreeEntry> seen = DebugfsTree.of(store.file(disk.extentPath()));

    extracted.forEach(
        (path, entry) ->
            assertThat(seen.get(path).asAnyoneExtracts())
                .as(path)
                .isEqualTo(entry.asAnyoneExtracts()));
    GnuTar.listed(archive)
        .forEach((path, entry) -> assertThat(seen.get(path).asListed()).as(path).isEqualTo(entry));
    if (GnuTar.isRoot()) {
      assertSame(seen, extracted);
      store.mounted(disk, root -> assertSame(DiskTree.of(root), extracted));
    } else {
      // Devices, which only root can make, are in the listing.
      assertThat(seen.keySet()).containsAll(extracted.keySet());
      seen.forEach(
          (path, entry) ->
              assertThat(extracted.containsKey(path) || entry.isDevice()).as(path).isTrue());
    }
  }

  private static void assertSame(
      SortedMap<String, TreeEntry> actual, SortedMap<String, TreeEntry> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach((path, entry) -> assertThat(entry).as(path).isEqualTo(expected.get(path)));
  }

  /** The names and types that debugfs sees, and the kernel where it can be asked. */
  private static void assertNames(LayerStore store, LayerDisk disk, String... names)
      throws IOException {
    assertThat(DiskTree.names(DebugfsTree.of(store.file(disk.extentPath()))))
        .containsExactly(names);
    if (GnuTar.isRoot()) {
      store.mounted(disk, root -> assertThat(DiskTree.names(root)).containsExactly(names));
    }
  }

  private static RawTar tar() {
    // The root's own attributes, lest those of the folder be compared.
    return new RawTar().add('5', "./");
  }

  private static TarEntry.Builder entry(TarEntry.Type type, String name) {
    return TarEntry.builder(type, name).mode(0644).modified(Instant.ofEpochSecond(1_700_000_000));
  }

  @Test
  void everythingATarCanTell_isOnTheDisk() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    tar.put(entry(TarEntry.Type.DIRECTORY, "./").mode(0755).build());
    tar.put(entry(TarEntry.Type.DIRECTORY, "d/").mode(01777).owner(7, 8).build());
    tar.put(
        entry(TarEntry.Type.FILE, "d/big")
            .mode(06755)
            .owner(70000, 4_000_000_000L)
            .modified(Instant.ofEpochSecond(4_000_000_000L, 123_456_789))
            .sizeBytes(1_000_000)
            .xattr(ByteString.of("user.note"), ByteString.of("note"))
            .xattr(ByteString.of("user.empty"), ByteString.EMPTY)
            .xattr(
                ByteString.of("security.capability"),
                ByteString.of("\1\0\0\2\u0080\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".getBytes(ISO_8859_1)))
            .build());
    byte[] content = new byte[1_000_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) ((i * 31) >> 5);
    }
    tar.write(content);
    tar.put(entry(TarEntry.Type.FILE, "d/" + "n".repeat(255)).build());
    tar.put(
        TarEntry.builder(
                TarEntry.Type.FILE,
                ByteString.of(new byte[] {'d', '/', (byte) 0xff, (byte) 0xfe, ' '}))
            .build());
    tar.put(entry(TarEntry.Type.FILE, "old").modified(Instant.ofEpochSecond(-5, 250)).build());
    tar.put(link(TarEntry.Type.HARD_LINK, "hard", "d/big"));
    tar.put(link(TarEntry.Type.HARD_LINK, "harder", "hard"));
    tar.put(link(TarEntry.Type.SYMBOLIC_LINK, "fast", "/etc/../../passwd"));
    tar.put(link(TarEntry.Type.SYMBOLIC_LINK, "slow", "x/".repeat(1000)));
    tar.put(link(TarEntry.Type.HARD_LINK, "fast2", "fast"));
    tar.put(entry(TarEntry.Type.CHARACTER_DEVICE, "null").device(1, 3).build());
    tar.put(entry(TarEntry.Type.BLOCK_DEVICE, "disk").device(259, 70000).build());
    tar.put(entry(TarEntry.Type.FIFO, "pipe").mode(0600).build());
    tar.finish();
    assertAsGnuTarExtracts(out.toByteArray());
  }

  private static TarEntry link(TarEntry.Type type, String name, String target) {
    return entry(type, name).mode(0777).linkTarget(ByteString.of(target)).build();
  }

  @Test
  void repeatedEntries_theLaterWins() throws IOException {
    assertAsGnuTarExtracts(
        tar()
            .add(RawTar.header('5', "a/", 0).text(100, "0000700"))
            .file("a/f", "first")
            .link('1', "a/g", "a/f")
            .file("a/f", "second, which leaves the other name with the first")
            .add(RawTar.header('5', "a/", 0).text(100, "0000711"))
            .end());
  }

  @Test
  void fileOverDirectory_replacesTheTree() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk disk =
        store.build(tar().file("d/x/y", "1").file("d", "2").file("e", "3").add('5', "e").end());
    assertNames(store, disk, "d f", "e d");
  }

  @Test
  void namesWithDotsAndSlashes_areThoseOfPlainNames() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk disk =
        store.build(tar().file("/abs", "").file("././a//b/./c", "").add('5', "a/b/.").end());
    assertNames(store, disk, "a d", "a/b d", "a/b/c f", "abs f");
  }

  @Test
  void missingParents_areMadeForRootAndOfTheYear1970() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk disk = store.build(new RawTar().file("a/b", "").end());
    SortedMap<String, TreeEntry> seen = DebugfsTree.of(store.file(disk.extentPath()));
    assertThat(List.of(seen.get(""), seen.get("a")))
        .allSatisfy(entry -> assertThat(entry.mode()).isEqualTo("40755"))
        .allSatisfy(entry -> assertThat(entry.owner()).isEqualTo("0:0"))
        .allSatisfy(entry -> assertThat(entry.modified()).isEqualTo("0.000000000"));
  }

  @Test
  void entryBelowASymbolicLinkOfItsLayer_isFoundWithinTheRoot() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk disk =
        store.build(
            tar()
                .link('2', "lib", "usr/lib")
                .file("lib/a", "")
                .link('2', "up", "../../../../up2")
                .file("up/b", "")
                .link('2', "abs", "/usr/./lib/")
                .link('1', "abs/c", "lib/a")
                .end());
    assertNames(
        store,
        disk,
        "abs l",
        "lib l",
        "up l",
        "up2 d",
        "up2/b f",
        "usr d",
        "usr/lib d",
        "usr/lib/a f",
        "usr/lib/c f");
  }

  @Test
  void hardLinkToItself_changesNothing() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk disk = store.build(tar().file("a", "x").link('1', "./a", "/a").end());
    assertNames(store, disk, "a f");
  }

  @Test
  void emptyLayer_isADisk() throws IOException {
    LayerStore store = LayerStore.at(folder);
    LayerDisk disk = store.build(new RawTar().end());
    assertThat(disk.entries()).isZero();
    assertNames(store, disk);
  }

  @Test
  void sparseFile_keepsItsHoles() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("tree"));
    ForeignTool.named("sh")
        .check(
            "-c",
            "cd "
                + tree
                + " && truncate -s 64M s && printf x | dd of=s bs=1 seek=40000000"
                + " conv=notrunc && chmod 755 . && tar --format=posix --sparse -cf ../s.tar .");
    byte[] tar = Files.readAllBytes(folder.resolve("s.tar"));
    LayerStore store = LayerStore.at(folder.resolve("other"));
    LayerDisk disk = store.build(tar);
    assertThat(disk.capacityBytes()).isLessThan(2_000_000);
    assertAsGnuTarExtracts(tar);
  }

  @Test
  void comparison_noticesADifference() throws IOException {
    byte[] tar = tar().file("f", "a").end();
    TreeEntry file = DebugfsTree.of(extent(tar)).get("f");
    assertThat(DebugfsTree.of(extent(tar().file("f", "b").end())).get("f").asAnyoneExtracts())
        .isNotEqualTo(file.asAnyoneExtracts());
    byte[] otherOwner = tar().pax('x', "uid", "7").file("f", "a").end();
    assertThat(DebugfsTree.of(extent(otherOwner)).get("f").asListed())
        .isNotEqualTo(file.asListed());
    Path archive = Files.write(folder.resolve("t.tar"), otherOwner);
    assertThat(GnuTar.listed(archive).get("f"))
        .isNotEqualTo(file.asListed())
        .isEqualTo(DebugfsTree.of(extent(otherOwner)).get("f").asListed());
  }

  private Path extent(byte[] tar) {
    LayerStore store = LayerStore.at(folder);
    return store.file(store.build(tar).extentPath());
  }
}
