package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskTree;
import io.vic4j.storage.tar.RawTar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What layers hide of one another, as overlayfs sees it and as merged disks have it. */
class WhiteoutTest {
  @TempDir Path folder;

  private static RawTar tar() {
    return new RawTar().add('5', "./");
  }

  /** The same, however it is put together: overlaid, flat, and packed in each possible way. */
  private void assertMerged(List<byte[]> layers, List<String> names) {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> single = layers.stream().map(store::build).toList();
    List<String> expected = new ArrayList<>();
    store.overlaid(
        single,
        root -> {
          assertThat(names(root)).isEqualTo(names);
          expected.addAll(contents(root));
        });
    byte[][] all = layers.toArray(byte[][]::new);
    store.mounted(
        store.flatten(all),
        root -> {
          assertThat(names(root)).isEqualTo(names);
          assertThat(contents(root)).isEqualTo(expected);
        });
    for (int from = 0; from < all.length; from++) {
      for (int to = from + 2; to <= all.length; to++) {
        List<LayerDisk> packed = new ArrayList<>(single.subList(0, from));
        packed.add(store.pack(single.subList(from, to)));
        packed.addAll(single.subList(to, single.size()));
        store.overlaid(packed, root -> assertThat(contents(root)).isEqualTo(expected));
      }
    }
  }

  /**
   * Names and types. A whiteout shows where no layer below has its directory, for overlayfs looks
   * for them only in what it merges; it is nothing to open.
   */
  private static List<String> names(Path root) {
    return DiskTree.names(root).stream().filter(line -> !line.endsWith(" c")).toList();
  }

  /** Names, types, modes and contents; not times, which layers do not agree upon. */
  private static List<String> contents(Path root) {
    List<String> lines = new ArrayList<>(names(root));
    lines.addAll(
        List.of(
            DiskTree.sh(
                    root,
                    "find . -xdev -type f -exec sha256sum {} + | sort;"
                        + " find . -xdev ! -type c -printf '%P %m %l\\n' | sort")
                .split("\n")));
    return lines;
  }

  @Test
  void whiteout_hidesAFileAndATree() {
    assertMerged(
        List.of(
            tar().file("a", "").file("d/x/y", "").file("keep", "").end(),
            tar().file(".wh.a", "").file(".wh.d", "").file("new", "").end()),
        List.of("keep f", "new f"));
  }

  @Test
  void opaqueDirectory_hidesWhatIsBelowButNotItsOwn() {
    assertMerged(
        List.of(
            tar().add('5', "d/").file("d/old", "").file("d/sub/old", "").end(),
            tar()
                .add('5', "d/")
                .file("d/new", "")
                .file("d/.wh..wh..opq", "")
                .file("d/sub/new", "")
                .end()),
        List.of("d d", "d/new f", "d/sub d", "d/sub/new f"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whiteoutAndEntryOfOneName_theEntryStaysAndTheLowerIsHidden(boolean whiteoutFirst) {
    RawTar upper = tar();
    if (whiteoutFirst) {
      upper.file(".wh.d", "").file(".wh.f", "");
    }
    upper.add('5', "d/").file("d/new", "").file("f", "new");
    if (!whiteoutFirst) {
      upper.file(".wh.d", "").file(".wh.f", "");
    }
    assertMerged(
        List.of(tar().file("d/old", "").file("f", "old").end(), upper.end()),
        List.of("d d", "d/new f", "f f"));
  }

  @Test
  void fileBetweenDirectories_hidesTheLowest() {
    assertMerged(
        List.of(
            tar().file("d/lowest", "").end(),
            tar().file("d", "a file").end(),
            tar().file("d/upper", "").end()),
        List.of("d d", "d/upper f"));
  }

  @Test
  void whiteoutThenDirectoryOfAHigherLayer_hidesTheLowest() {
    assertMerged(
        List.of(
            tar().file("d/lowest", "").end(),
            tar().file(".wh.d", "").end(),
            tar().file("d/upper", "").end()),
        List.of("d d", "d/upper f"));
  }

  @Test
  void symbolicLinkOfALowerLayer_isReplacedByADirectory() {
    assertMerged(
        List.of(
            tar().add('5', "usr/lib").link('2', "lib", "usr/lib").end(),
            tar().file("lib/x", "").end()),
        List.of("lib d", "lib/x f", "usr d", "usr/lib d"));
  }

  @Test
  void metadataOfAufs_isLeftOut() {
    assertMerged(
        List.of(
            tar().file("a", "").end(),
            tar()
                .add('5', ".wh..wh.plnk")
                .file(".wh..wh.plnk/1.2", "")
                .file(".wh..wh.aufs", "")
                .end()),
        List.of("a f"));
  }

  @Test
  void whiteoutOfNothing_isHarmless() {
    assertMerged(
        List.of(
            tar().file("a", "").add('5', "c").end(),
            tar().file(".wh.b", "").file("c/.wh.d", "").end()),
        List.of("a f", "c d"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void layersByChance_areTheSameHoweverTheyArePutTogether(long seed) {
    Random random = new Random(seed);
    List<byte[]> layers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      layers.add(byChance(random, i));
    }
    LayerStore store = LayerStore.at(folder.resolve("names"));
    List<String> names = new ArrayList<>();
    store.overlaid(layers.stream().map(store::build).toList(), root -> names.addAll(names(root)));
    assertMerged(layers, names);
  }

  private static byte[] byChance(Random random, int layer) {
    RawTar tar = tar();
    String[] names = {"a", "b", "c"};
    for (int i = 0; i < 12; i++) {
      StringBuilder path = new StringBuilder();
      for (int depth = random.nextInt(3); depth > 0; depth--) {
        path.append(names[random.nextInt(3)]).append('/');
      }
      String name = names[random.nextInt(3)];
      switch (random.nextInt(6)) {
        case 0 -> tar.file(path + ".wh." + name, "");
        case 1 -> tar.file("a/" + path + ".wh..wh..opq", "");
        case 2 -> tar.add('5', path + name);
        case 3 -> tar.link('2', path + name, "to/" + names[random.nextInt(3)] + layer);
        default -> tar.file(path + name, "layer " + layer + " entry " + i);
      }
    }
    return tar.end();
  }
}
