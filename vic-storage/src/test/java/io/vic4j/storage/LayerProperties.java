package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.Progress;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.tar.RawTar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
