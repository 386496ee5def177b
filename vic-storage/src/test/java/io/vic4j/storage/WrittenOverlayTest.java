package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.Progress;
import io.vic4j.core.TreeEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.storage.ext4.Ext4Judge;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What this kernel wrote and shows, and what is read from the disks without it. Needs root. */
class WrittenOverlayTest {
  @TempDir Path folder;
  private WrittenOverlay overlay;

  private SortedMap<String, TreeEntry> write() throws IOException {
    return write(true);
  }

  /**
   * Lets the kernel write.
   *
   * @param cleanly whether the scratch disk is left as after an unmount, or as after a loss of
   *     power
   */
  private SortedMap<String, TreeEntry> write(boolean cleanly) throws IOException {
    overlay = new WrittenOverlay(folder);
    overlay.layer(WrittenOverlay.BASE);
    overlay.layer("mkdir -p etc many && printf two > etc/second && printf x > many/file-0007");
    SortedMap<String, TreeEntry> seen = new TreeMap<>();
    Path extent = overlay.store.file(overlay.scratch.extentPath());
    Path cut = folder.resolve("cut");
    overlay.write(
        WrittenOverlay.CHANGES,
        merged -> {
          seen.putAll(comparable(DiskTree.of(merged)));
          if (!cleanly) {
            ForeignTool.named("sync").check();
            ForeignTool.named("cp").check("--sparse=always", extent, cut);
          }
        });
    if (!cleanly) {
      ForeignTool.named("cp").check("--sparse=always", cut, extent);
    }
    seen.remove("new/socket");
    return seen;
  }

  /**
   * Without the count of links, which overlayfs tells of a lower file as it was, and overlayfs's
   * device of its own whiteouts.
   */
  private static SortedMap<String, TreeEntry> comparable(SortedMap<String, TreeEntry> tree) {
    SortedMap<String, TreeEntry> all = new TreeMap<>();
    tree.forEach(
        (path, entry) ->
            all.put(
                path,
                new TreeEntry(
                    entry.mode(),
                    entry.owner(),
                    entry.size(),
                    entry.modified(),
                    "",
                    entry.device(),
                    entry.target(),
                    entry.content(),
                    entry.xattrs())));
    return all;
  }

  private OverlayFiles files() {
    OverlayFiles.Builder files = OverlayFiles.builder(overlay.store.datastore);
    overlay.layers.forEach(layer -> files.layer(layer.path()));
    return files.scratch(overlay.scratch.path()).open();
  }

  private SortedMap<String, TreeEntry> extracted(Path tar, String name) throws IOException {
    return comparable(GnuTar.extracted(tar, folder.resolve(name)));
  }

  private Path copyOut(String path) throws IOException {
    Path tar = Files.createTempFile(folder, "out", ".tar");
    try (OverlayFiles files = files();
        OutputStream out = Files.newOutputStream(tar)) {
      files.copyOut(path, out);
    }
    return tar;
  }

  @Test
  void whatIsReadFromTheDisks_isWhatTheKernelShowed() throws IOException {
    SortedMap<String, TreeEntry> seen = write();
    assertThat(seen).hasSizeGreaterThan(400);
    assertThat(extracted(copyOut("/"), "all")).containsExactlyEntriesOf(seen);
  }

  @Test
  void diskThatWasNotUnmounted_isReadAsAfterAMount() throws IOException {
    SortedMap<String, TreeEntry> seen = write(false);
    SortedMap<String, TreeEntry> extracted = extracted(copyOut("/"), "all");
    // Mended, for all disks of a test are judged in the end.
    Path extent = overlay.store.file(overlay.scratch.extentPath());
    assertThat(ForeignTool.named("e2fsck").run("-fp", extent).exitCode()).isEqualTo(1);
    assertThat(extracted).containsExactlyEntriesOf(seen);
  }

  @Test
  void partOfIt_beginsWithItsLastName() throws IOException {
    SortedMap<String, TreeEntry> seen = write();
    SortedMap<String, TreeEntry> expected = new TreeMap<>();
    seen.forEach(
        (path, entry) -> {
          if (path.equals("new") || path.startsWith("new/")) {
            expected.put(path, entry);
          }
        });
    SortedMap<String, TreeEntry> extracted = extracted(copyOut("/usr/lib/../../new"), "part");
    extracted.remove("");
    assertThat(extracted).containsExactlyEntriesOf(expected);
  }

  @Test
  void sockets_areNamed_andLeftOut() throws IOException {
    write();
    try (OverlayFiles files = files()) {
      assertThat(files.copyOut("/new", OutputStream.nullOutputStream()))
          .containsExactly(ByteString.of("new/socket"));
    }
  }

  @Test
  void changesAsALayerOverTheOthers_areWhatTheKernelShowed() throws IOException {
    SortedMap<String, TreeEntry> seen = write();
    Path tar = changes();
    Digest diffId = Digest.sha256(Files.readAllBytes(tar));
    LayerDisk layer =
        overlay.store.disks.build(diffId, () -> Files.newInputStream(tar), Progress.NONE);
    assertThat(layer.impliedDirectories()).isZero();
    List<LayerDisk> all = new ArrayList<>(overlay.layers);
    all.add(layer);

    overlay.store.overlaid(
        overlay.store.seamed(all),
        merged ->
            assertThat(comparable(DiskTree.withoutWhiteouts(merged)))
                .containsExactlyEntriesOf(withoutDevices(seen)));
    overlay.layers.add(layer);
    OverlayFiles.Builder files = OverlayFiles.builder(overlay.store.datastore);
    overlay.layers.forEach(each -> files.layer(each.path()));
    Path again = folder.resolve("again.tar");
    try (OverlayFiles committed = files.open();
        OutputStream out = Files.newOutputStream(again)) {
      committed.copyOut("/", out);
    }
    assertThat(again).hasSameBinaryContentAs(copyOut("/"));
  }

  private static SortedMap<String, TreeEntry> withoutDevices(SortedMap<String, TreeEntry> tree) {
    SortedMap<String, TreeEntry> rest = new TreeMap<>(tree);
    rest.values().removeIf(entry -> entry.typeLetter().equals("c"));
    return rest;
  }

  private Path changes() throws IOException {
    Path tar = Files.createTempFile(folder, "changes", ".tar");
    try (ScratchChanges changes =
            ScratchChanges.open(overlay.store.datastore, overlay.scratch.path());
        OutputStream out = Files.newOutputStream(tar)) {
      changes.writeTar(out);
    }
    return tar;
  }

  @Test
  void changes_areToldAsOciTellsThem() throws IOException {
    write();
    List<String> names = ForeignTool.named("tar").check("-tf", changes()).text().lines().toList();
    assertThat(names)
        .contains(
            "./",
            ".wh.dies",
            "gone/.wh..wh..opq",
            "gone/again",
            "opaque/.wh..wh..opq",
            "many/.wh.file-0100",
            "empty",
            "moved/in/.wh.file",
            "moved/out")
        .doesNotContain("new/socket", "capable", "opaque/.wh.below", "dies");
    assertThat(ForeignTool.named("tar").check("--xattrs", "-tvvf", changes()).text())
        .contains("user.more")
        .doesNotContain("overlay");
  }

  @Test
  void sameDisks_makeTheSameBytes() throws IOException {
    write();
    assertThat(changes()).hasSameBinaryContentAs(changes());
    assertThat(copyOut("/")).hasSameBinaryContentAs(copyOut("/"));
  }

  @Test
  void volumes_areReadWhereTheyAreMounted() throws IOException {
    write();
    ScratchDisk volume =
        ScratchDisks.in(overlay.store.datastore)
            .createUnique(DatastorePath.parse("volumes/data"), "volume", 16L << 20, new UUID(8, 8));
    SortedMap<String, TreeEntry> inVolume = new TreeMap<>();
    Ext4Judge.mountedWritable(
        overlay.store.file(volume.extentPath()),
        root -> {
          WrittenOverlay.shell(root, "mkdir sub && printf v > sub/file && mknod odd c 0 0");
          inVolume.putAll(comparable(DiskTree.belowTheRoot(root)));
        });
    OverlayFiles.Builder files = OverlayFiles.builder(overlay.store.datastore);
    overlay.layers.forEach(layer -> files.layer(layer.path()));
    files.scratch(overlay.scratch.path());
    files.volume("/new/data", volume.path());
    Path tar = folder.resolve("volume.tar");
    try (OverlayFiles opened = files.open();
        OutputStream out = Files.newOutputStream(tar)) {
      assertThat(opened.list("/new"))
          .containsExactlyElementsOf(
              List.of("data", "deep", "link", "socket", "zero").stream()
                  .map(ByteString::of)
                  .toList());
      opened.copyOut("/new/", out);
    }
    SortedMap<String, TreeEntry> extracted = extracted(tar, "volume");
    inVolume.forEach(
        (path, entry) -> assertThat(extracted).containsEntry("new/data/" + path, entry));
    assertThat(extracted).containsKey("new/deep/file");
  }
}
