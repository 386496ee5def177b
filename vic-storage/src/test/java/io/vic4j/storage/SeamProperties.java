package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Progress;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.tar.RawTar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

class SeamProperties {
  private static final String[] NAMES = {"a", "b", "c"};

  /** A layer that changes this and that, mostly without saying what the parents are. */
  private static byte[] anyLayer(Random random) {
    RawTar tar = new RawTar();
    if (random.nextBoolean()) {
      tar.add(dir("./", random));
    }
    for (int i = random.nextInt(8); i >= 0; i--) {
      StringBuilder path = new StringBuilder();
      for (int depth = random.nextInt(4); depth > 0; depth--) {
        path.append(NAMES[random.nextInt(3)]).append('/');
      }
      String name = NAMES[random.nextInt(3)];
      switch (random.nextInt(8)) {
        case 0 -> tar.file(path + ".wh." + name, "");
        case 1 -> tar.file(path + name + "/.wh..wh..opq", "");
        case 2, 3, 4 -> tar.add(dir(path + name, random));
        case 5 -> tar.link('2', path + name, NAMES[random.nextInt(3)]);
        default -> tar.file(path + name, "x".repeat(random.nextInt(9)));
      }
    }
    return tar.end();
  }

  private static RawTar.Header dir(String name, Random random) {
    return RawTar.header('5', name, 0)
        .text(100, "00007" + random.nextInt(8) + random.nextInt(8))
        .text(136, String.format("%011o", random.nextInt(1000)));
  }

  @Property(tries = 150)
  void overlayWithASeam_isWhatApplyingTheLayersMakes(@ForAll Random random) throws IOException {
    Path folder = Files.createTempDirectory("seam");
    try {
      LocalDatastore datastore = LocalDatastore.at(folder);
      LayerDisks disks = LayerDisks.in(datastore);
      List<LayerTar> layers = new ArrayList<>();
      for (int i = 2 + random.nextInt(3); i > 0; i--) {
        layers.add(LayerStore.layer(anyLayer(random)));
      }
      SortedMap<String, String> expected;
      try {
        expected = OverlayModel.of(datastore, List.of(disks.flatten(layers, Progress.NONE)));
      } catch (LayerException e) {
        Statistics.label("loop").collect(true);
        return; // A loop of symbolic links, which the layer's own disk has as well.
      }
      List<LayerDisk> single = new ArrayList<>();
      for (LayerTar layer : layers) {
        single.add(disks.build(layer.diffId(), layer.source(), Progress.NONE));
      }
      int from = random.nextInt(layers.size());
      int to = from + random.nextInt(layers.size() - from);
      List<LayerDisk> stack = new ArrayList<>(single);
      if (to > from) {
        stack.subList(from, to + 1).clear();
        stack.add(from, disks.pack(single.subList(from, to + 1), Progress.NONE));
      }
      List<LayerDisk> below = random.nextBoolean() ? single : List.copyOf(stack);
      boolean seamed = disks.seam(below, Progress.NONE).map(stack::add).orElse(false);
      SortedMap<String, String> actual = OverlayModel.of(datastore, stack);
      Statistics.label("seam").collect(seamed);
      if (!seamed) {
        expected.remove("");
        actual.remove("");
      }
      assertThat(actual).isEqualTo(expected);
    } finally {
      LocalDatastore.at(folder.getParent())
          .delete(DatastorePath.parse(folder.getFileName().toString()));
    }
  }
}
