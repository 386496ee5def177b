package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.Progress;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.tar.RawTar;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class LayerProperties {
  /** Entries that get into each other's way: any names, any types, any order. */
  private static RawTar anyTar(Random random) {
    RawTar tar = new RawTar();
    String[] names = {"a", "b", "./c", "..", ".", "/d", ".wh.a", ".wh..wh..opq", ".wh..", "e/"};
    char[] types = {'0', '0', '0', '1', '1', '2', '2', '3', '4', '5', '5', '6', 's'};
    for (int i = random.nextInt(30); i > 0; i--) {
      StringBuilder name = new StringBuilder(pick(random, names));
      for (int depth = random.nextInt(3); depth > 0; depth--) {
        name.append('/').append(pick(random, names));
      }
      char type = types[random.nextInt(random.nextInt(8) == 0 ? types.length : types.length - 1)];
      if (type == '0') {
        tar.file(name.toString(), "x".repeat(random.nextInt(5000)));
      } else {
        tar.link(type, name.toString(), pick(random, names) + "/" + pick(random, names));
      }
    }
    return tar;
  }

  private static String pick(Random random, String[] names) {
    // Mostly the harmless ones, or else no tar would get far.
    return names[random.nextInt(random.nextInt(10) == 0 ? names.length : 3)];
  }

  @Property(tries = 150)
  void anyTar_isAGoodDiskOrATypedErrorAndNothing(@ForAll Random random) throws IOException {
    Path folder = Files.createTempDirectory("layers");
    try {
      LocalDatastore datastore = LocalDatastore.at(folder);
      LayerDisks disks = LayerDisks.in(datastore);
      LayerTar layer = LayerStore.layer(anyTar(random).end());
      try {
        LayerDisk disk = disks.build(layer.diffId(), layer.source(), Progress.NONE);
        DiskJudge.judge(datastore.localPath(disk.path()).getParent());
      } catch (VicException e) {
        assertThat(e).isInstanceOf(LayerException.class);
        assertThat(disks.list()).isEmpty();
      }
      assertThat(datastore.list(DatastorePath.parse("tmp"))).isEmpty();
    } finally {
      LocalDatastore.at(folder.getParent())
          .delete(DatastorePath.parse(folder.getFileName().toString()));
    }
  }

  /** What is written out of a disk makes the same disk, and the same tar again. */
  @Property(tries = 150)
  void anyDisk_isTheSameAfterItWasATar(@ForAll Random random) throws IOException {
    Path folder = Files.createTempDirectory("layers");
    try {
      LocalDatastore datastore = LocalDatastore.at(folder);
      LayerDisks disks = LayerDisks.in(datastore);
      LayerTar layer = LayerStore.layer(anyTar(random).end());
      LayerDisk disk;
      try {
        disk = disks.build(layer.diffId(), layer.source(), Progress.NONE);
      } catch (LayerException e) {
        return;
      }
      byte[] tar = tar(disks, disk);
      LayerTar written = LayerStore.layer(tar);
      LayerDisk again = disks.build(written.diffId(), written.source(), Progress.NONE);

      assertThat(entries(tar(disks, again))).isEqualTo(entries(tar));
      assertThat(Digest.sha256(tar(disks, again))).isEqualTo(written.diffId());
      assertThat(again.impliedDirectories()).isEqualTo(disk.impliedDirectories());
      assertThat(entries(content(datastore, again))).isEqualTo(entries(content(datastore, disk)));
    } finally {
      LocalDatastore.at(folder.getParent())
          .delete(DatastorePath.parse(folder.getFileName().toString()));
    }
  }

  private static byte[] tar(LayerDisks disks, LayerDisk disk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    disks.writeTar(disk.diffId(), out);
    return out.toByteArray();
  }

  /** All that is on it, with what says something to overlayfs. */
  private static byte[] content(LocalDatastore datastore, LayerDisk disk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DatastoreReader extent = datastore.open(disk.extentPath())) {
      Ext4Reader.open(extent).toTar(out);
    }
    return out.toByteArray();
  }

  private static List<String> entries(byte[] tar) throws IOException {
    List<String> entries = new ArrayList<>();
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    while (reader.next()) {
      TarEntry entry = reader.entry();
      if (entry.type() == TarEntry.Type.CHARACTER_DEVICE) {
        continue; // A whiteout, or one where it can hide nothing, which need not be kept.
      }
      Digest content =
          entry.type() == TarEntry.Type.FILE
              ? Digest.sha256(reader.contentStream().readAllBytes())
              : Digest.sha256("");
      entries.add(entry + " " + entry.xattrs() + " " + content.shortHex());
    }
    return entries;
  }
}
