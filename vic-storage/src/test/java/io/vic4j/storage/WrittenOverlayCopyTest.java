package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.IdSource;
import io.vic4j.core.TreeEntry;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.overlay.OverlayCopy;
import io.vic4j.storage.tar.RawTar;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What GNU tar unpacks in an overlay that this kernel has mounted, and what is made of the disks
 * without it: the same, as the kernel shows it. Needs root.
 */
class WrittenOverlayCopyTest {
  private static final String ARCHIVED =
      """
      mkdir -p etc usr/lib gone/with dies empty many opaque/below fresh/deep
      printf replaced > etc/data && chown 5:6 etc/data && chmod 02750 etc
      printf 'in the image only' > usr/lib/new && setfattr -n user.folder -v 1 usr/lib
      printf x > gone/with/again && printf x > dies/now-a-folder
      printf x > opaque/below/hidden && printf x > many/file-0150
      ln -s ../data fresh/link && mkfifo fresh/pipe && mknod fresh/disk b 7 200
      printf x > fresh/one && ln fresh/one fresh/deep/two
      printf x > capable && setcap cap_net_raw+ep capable
      truncate -s 20M fresh/sparse && printf end >> fresh/sparse
      touch -d '2001-02-03 04:05:06.123456789Z' fresh/deep fresh/one etc
      chmod 4755 fresh/one && chmod 1777 fresh
      """;

  @TempDir Path folder;

  /** Times that are later are those of the test, and differ. */
  private final String began = Long.toString(Instant.now().getEpochSecond() - 3600);

  private WrittenOverlay overlay;

  private void extract(List<Path> tars, Path root) {
    for (Path tar : tars) {
      ForeignTool.named("tar")
          .check(
              "--xattrs",
              "--xattrs-include=*",
              "--numeric-owner",
              "--keep-directory-symlink",
              "-xpf",
              tar,
              "-C",
              root);
    }
  }

  private void copyIn(List<Path> tars) throws IOException {
    List<UUID> layers = new ArrayList<>();
    ContainerVmSpec.Builder vm = ContainerVmSpec.builder("one");
    for (LayerDisk layer : overlay.layers) {
      layers.add(layer.fileSystemUuid());
      vm.disk(DiskAttachment.layer(layer.path(), layer.fileSystemUuid()));
    }
    vm.disk(DiskAttachment.scratch(overlay.scratch.path(), overlay.scratch.fileSystemUuid()));
    vm.session(
        SessionSpec.builder("main")
            .layers(layers)
            .scratch(overlay.scratch.fileSystemUuid())
            .argv("/bin/app")
            .build());
    for (Path tar : tars) {
      try (OverlayCopy copy =
              OverlayCopy.open(
                  overlay.store.datastore, IdSource.random(), Instant::now, vm.build(), "main");
          InputStream in = Files.newInputStream(tar)) {
        copy.copyIn("/", in);
        copy.publish(() -> {});
      }
    }
  }

  /** Without counts of links, and without the times of what was changed just now. */
  private SortedMap<String, TreeEntry> comparable(SortedMap<String, TreeEntry> tree) {
    SortedMap<String, TreeEntry> all = new TreeMap<>();
    tree.forEach(
        (path, entry) ->
            all.put(
                path,
                new TreeEntry(
                    entry.mode(),
                    entry.owner(),
                    entry.size(),
                    entry.modified().compareTo(began) > 0 ? "now" : entry.modified(),
                    "",
                    entry.device(),
                    entry.target(),
                    entry.content(),
                    entry.xattrs())));
    return all;
  }

  private Path archive() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("archived"));
    WrittenOverlay.shell(tree, ARCHIVED);
    Path tar = folder.resolve("archived.tar");
    ForeignTool.named("tar")
        .check(
            "--xattrs",
            "--xattrs-include=*",
            "--numeric-owner",
            "--sparse",
            "--format=posix",
            "-cf",
            tar,
            "-C",
            tree,
            "etc",
            "usr",
            "gone/with/again",
            "dies",
            "empty",
            "many/file-0150",
            "opaque/below",
            "capable",
            "fresh");
    return tar;
  }

  /** Links to what is not in the archive, and names that lead over a link. */
  private Path linked() throws IOException {
    Path tar = folder.resolve("linked.tar");
    Files.write(
        tar,
        new RawTar()
            .link('1', "new/of-the-image", "usr/lib/linked-too")
            .link('1', "new/of-the-disk", "new/link")
            .link('1', "new/of-both", "new/of-the-image")
            .file("way/over", "a link")
            .file("moved/in/file", "again")
            .end());
    return tar;
  }

  @Test
  void copy_isWhatTarMakesOfTheMountedOverlay() throws IOException {
    overlay = new WrittenOverlay(folder);
    overlay.layer(WrittenOverlay.BASE);
    overlay.layer("mkdir -p etc many && printf two > etc/second && ln -s usr/lib way");
    overlay.write(WrittenOverlay.CHANGES, merged -> {});
    Path extent = overlay.store.file(overlay.scratch.extentPath());
    Path before = folder.resolve("before");
    ForeignTool.named("cp").check("--sparse=always", extent, before);
    List<Path> tars = List.of(archive(), linked());

    SortedMap<String, TreeEntry> expected = new TreeMap<>();
    overlay.write(
        "true",
        merged -> {
          extract(tars, merged);
          expected.putAll(comparable(DiskTree.of(merged)));
        });
    assertThat(expected)
        .containsKeys("fresh/sparse", "new/of-both", "usr/lib/over", "dies/now-a-folder");

    ForeignTool.named("cp").check("--sparse=always", before, extent);
    copyIn(tars);
    SortedMap<String, TreeEntry> copied = new TreeMap<>();
    overlay.write("true", merged -> copied.putAll(comparable(DiskTree.of(merged))));
    assertThat(copied).containsExactlyEntriesOf(expected);
  }
}
