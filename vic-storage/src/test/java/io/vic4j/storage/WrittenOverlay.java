package io.vic4j.storage;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.storage.ext4.Ext4Judge;
import io.vic4j.storage.ext4.Ext4Judge.Visit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Layers with a scratch disk over them, which this kernel writes as a machine's guest does. */
final class WrittenOverlay {
  /** A tree to begin with; run in its folder. */
  static final String BASE =
      """
      mkdir -p etc usr/lib opaque/below gone/with/children deep/a/b/c empty moved/in
      printf data > etc/data && chown 70000:80000 etc/data && chmod 0640 etc/data
      printf one > etc/linked && ln etc/linked usr/lib/linked-too
      ln -s ../etc/data usr/lib/relative && ln -s /etc/data usr/lib/absolute
      ln -s usr/lib lib && ln -s loop loop
      mknod etc/null c 1 3 && mkfifo etc/pipe
      printf x > user-attribute && setfattr -n user.note -v 'some note' user-attribute
      printf x > capable && setcap cap_net_bind_service+ep capable
      printf x > opaque/below/hidden && printf x > gone/with/children/file && printf x > dies
      printf x > moved/in/file
      mkdir many && (cd many && seq -f 'file-%04g' 500 | xargs touch)
      head -c 300000 /dev/urandom > random
      """;

  /** What a machine does to it. */
  static final String CHANGES =
      """
      printf more >> etc/data
      rm dies && rm -r gone && mkdir gone && printf back > gone/again
      rm -r opaque && mkdir opaque && chmod 0711 opaque && printf new > opaque/new
      printf two >> etc/linked
      rm many/file-01* && touch many/file-new
      mkdir -p new/deep && printf x > new/deep/file && ln new/deep/file new/link
      chmod 4755 random && setfattr -n user.more -v 1 random
      ln -sf /new/deep/file etc/pointer && mknod new/zero c 1 5
      rm -r empty && printf 'no directory now' > empty
      rm lib && mkdir lib && printf x > lib/own
      mv moved/in/file moved/out
      chmod 0700 deep/a
      head -c 3000000 /dev/urandom > large && truncate -s 9M large
      python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("new/socket")'
      """;

  final LayerStore store;
  final List<LayerDisk> layers = new ArrayList<>();
  final ScratchDisk scratch;
  private final Path folder;

  WrittenOverlay(Path folder) {
    this.folder = folder;
    this.store = LayerStore.at(folder.resolve("store"));
    this.scratch =
        ScratchDisks.in(store.datastore)
            .create(DatastorePath.parse("containers/one"), "scratch", 64L << 20, new UUID(7, 7));
  }

  /** A layer of what a script makes in an empty folder. */
  void layer(String script) throws IOException {
    Path tree = Files.createDirectories(folder.resolve("tree-" + layers.size()));
    shell(tree, script);
    Path tar = folder.resolve("tree-" + layers.size() + ".tar");
    ForeignTool.named("tar")
        .check("--xattrs", "--xattrs-include=*", "--numeric-owner", "-cf", tar, "-C", tree, ".");
    layers.add(store.build(Files.readAllBytes(tar)));
  }

  /** Mounts all as a guest does, and lets a script write; the visit sees what it made. */
  void write(String script, Visit visit) {
    overlaid(
        0,
        "",
        merged -> {
          shell(merged, script);
          visit.at(merged);
        });
  }

  private void overlaid(int layer, String lower, Visit visit) {
    if (layer < layers.size()) {
      store.mounted(
          layers.get(layer),
          root ->
              overlaid(layer + 1, lower.isEmpty() ? root.toString() : root + ":" + lower, visit));
      return;
    }
    Ext4Judge.mountedWritable(
        store.file(scratch.extentPath()),
        root -> {
          Path upper = Files.createDirectories(root.resolve("upper"));
          Path work = Files.createDirectories(root.resolve("work"));
          Path merged = Files.createTempDirectory("merged");
          String options =
              "lowerdir=%s,upperdir=%s,workdir=%s,redirect_dir=off,metacopy=off,index=off"
                  .formatted(lower, upper, work);
          ForeignTool.named("mount").check("-t", "overlay", "-o", options, "overlay", merged);
          try {
            visit.at(merged);
          } finally {
            ForeignTool.named("umount").check(merged);
            Files.delete(merged);
          }
        });
  }

  static void shell(Path folder, String script) {
    ForeignTool.Result result =
        ForeignTool.named("sh").runIn(folder, Map.of("LC_ALL", "C"), "-ec", script);
    if (result.exitCode() != 0) {
      throw new AssertionError("exit " + result.exitCode() + ": " + result.err());
    }
  }
}
