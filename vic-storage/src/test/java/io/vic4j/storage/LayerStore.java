package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.ext4.Ext4Judge;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A store of layer disks in a folder, for tests, which judges each disk that it makes. */
final class LayerStore {
  final LocalDatastore datastore;
  final LayerDisks disks;

  private LayerStore(LocalDatastore datastore, LayerDisks disks) {
    this.datastore = datastore;
    this.disks = disks;
  }

  static LayerStore at(Path folder) {
    return at(folder, UnaryOperator.identity());
  }

  /** A store on a datastore that keeps its files in a folder. */
  static LayerStore at(Path folder, UnaryOperator<Datastore> over) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    return new LayerStore(datastore, LayerDisks.in(over.apply(datastore)));
  }

  static LayerStore at(Path folder, LayerLimits limits) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    return new LayerStore(datastore, LayerDisks.builder(datastore).limits(limits).build());
  }

  static LayerTar layer(byte[] tar) {
    return new LayerTar(Digest.sha256(tar), () -> new ByteArrayInputStream(tar));
  }

  LayerDisk build(byte[] tar) {
    LayerTar layer = layer(tar);
    return judged(disks.build(layer.diffId(), layer.source(), Progress.NONE));
  }

  LayerDisk pack(List<LayerDisk> lowestFirst) {
    return judged(disks.pack(lowestFirst, Progress.NONE));
  }

  LayerDisk flatten(byte[]... tars) {
    return judged(disks.flatten(Stream.of(tars).map(LayerStore::layer).toList(), Progress.NONE));
  }

  /** These disks, and their seam on top if they have one. */
  List<LayerDisk> seamed(List<LayerDisk> lowestFirst) {
    List<LayerDisk> stack = new ArrayList<>(lowestFirst);
    disks.seam(lowestFirst, Progress.NONE).ifPresent(seam -> stack.add(judged(seam)));
    return stack;
  }

  Path file(DatastorePath path) {
    return datastore.localPath(path);
  }

  private LayerDisk judged(LayerDisk disk) {
    DiskJudge.judge(file(disk.path()).getParent());
    return disk;
  }

  void mounted(LayerDisk disk, Ext4Judge.Visit visit) {
    Ext4Judge.mounted(file(disk.extentPath()), visit);
  }

  /** Mounts disks over one another with overlayfs, lowest first. */
  void overlaid(List<LayerDisk> lowestFirst, Ext4Judge.Visit visit) {
    overlaid(lowestFirst, "", visit);
  }

  private void overlaid(List<LayerDisk> lowestFirst, String below, Ext4Judge.Visit visit) {
    if (!lowestFirst.isEmpty()) {
      mounted(
          lowestFirst.get(0),
          root ->
              overlaid(
                  lowestFirst.subList(1, lowestFirst.size()),
                  below.isEmpty() ? root.toString() : root + ":" + below,
                  visit));
      return;
    }
    try {
      // One more, empty, since overlayfs wants two; and disks of one test are of one folder.
      Path empty = Files.createTempDirectory("empty");
      Path point = Files.createTempDirectory("overlay");
      try {
        ForeignTool.named("mount")
            .check("-t", "overlay", "-o", "ro,lowerdir=" + below + ":" + empty, "overlay", point);
        try {
          visit.at(point);
        } finally {
          ForeignTool.named("umount").check(point);
        }
      } finally {
        Files.delete(point);
        Files.delete(empty);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails the test if there is anything in the store but these disks, whole. */
  void assertHoldsOnly(LayerDisk... expected) {
    assertThat(disks.list()).containsExactlyInAnyOrder(expected);
    try (Stream<Path> all = Files.walk(datastore.localPath(DatastorePath.ROOT))) {
      long lists = Stream.of(expected).filter(disk -> disk.impliedDirectories() > 0).count();
      assertThat(all.filter(Files::isRegularFile)).hasSize(3 * expected.length + (int) lists);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(datastore.list(DatastorePath.parse("tmp"))).isEmpty();
  }
}
