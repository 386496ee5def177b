package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DiskJudge;
import io.vic4j.core.DiskTree;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.TreeEntry;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.tar.RawTar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which directories go on a seam, and what overlayfs shows with it. */
class SeamTest {
  @TempDir Path folder;

  /** A stack of layers and what its seam is to hold; nothing if there is to be none. */
  private record Stack(String name, List<byte[]> layers, List<String> seam) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static RawTar tar() {
    return new RawTar().add(dir("./", "0755", 5));
  }

  private static RawTar.Header dir(String name, String mode, long seconds) {
    return RawTar.header('5', name, 0)
        .text(100, "000" + mode)
        .text(136, String.format("%011o", seconds));
  }

  private static Stack stack(String name, List<RawTar> layers, String... seam) {
    return new Stack(name, layers.stream().map(RawTar::end).toList(), List.of(seam));
  }

  static Stream<Stack> stacks() {
    return Stream.of(
        stack(
            "implied over explicit, with its parents",
            List.of(
                tar().add(dir("d", "0711", 7)).add(dir("d/e", "0700", 8)).file("d/e/old", ""),
                tar().file("d/e/new", "")),
            "d 711 0:0 7",
            "d/e 700 0:0 8"),
        stack(
            "a parent that is right is on it, too",
            List.of(
                tar().add(dir("d", "0755", 7)).add(dir("d/e", "0700", 8)),
                tar().add(dir("d", "0750", 9)).file("d/e/new", "")),
            "d 750 0:0 9",
            "d/e 700 0:0 8"),
        stack(
            "setuid, sticky, owner and extended attributes",
            List.of(
                tar()
                    .add(dir("s", "6755", 1))
                    .add(dir("t", "1777", 2).text(108, "0000012").text(116, "0000013"))
                    .pax('x', "SCHILY.xattr.user.note", "hello")
                    .add(dir("x", "0755", 3)),
                tar().file("s/f", "").file("t/f", "").file("x/f", "")),
            "s 6755 0:0 1",
            "t 1777 10:11 2",
            "x 755 0:0 3 user.note"),
        stack(
            "explicit above",
            List.of(
                tar().add(dir("d", "0700", 7)),
                tar().file("d/new", ""),
                tar().add(dir("d", "0750", 9)))),
        stack(
            "implied over implied over explicit",
            List.of(tar().add(dir("d", "0700", 7)), tar().file("d/f", ""), tar().file("d/g", "")),
            "d 700 0:0 7"),
        stack(
            "implied over explicit over explicit",
            List.of(
                tar().add(dir("d", "0700", 7)),
                tar().add(dir("d", "0710", 8)),
                tar().file("d/g", "")),
            "d 710 0:0 8"),
        stack(
            "implied over nothing",
            List.of(tar().file("other", ""), tar().file("d/e/f", ""), tar().file("d/e/g", ""))),
        stack(
            "explicit as the implied ones are",
            List.of(tar().add(dir("d", "0755", 0)), tar().file("d/f", ""))),
        stack(
            "over a whiteout",
            List.of(
                tar().add(dir("d", "0700", 7)).file("d/f", ""),
                tar().file(".wh.d", ""),
                tar().file("d/g", ""))),
        stack(
            "beside a whiteout of itself",
            List.of(
                tar().add(dir("d", "0700", 7)).file("d/f", ""),
                tar().file("d/g", "").file(".wh.d", ""))),
        stack(
            "under a whiteout",
            List.of(
                tar().add(dir("d", "0700", 7)), tar().file("d/g", ""), tar().file(".wh.d", ""))),
        stack(
            "over a file",
            List.of(
                tar().add(dir("d", "0700", 7)).file("d/f", ""),
                tar().file("d", ""),
                tar().file("d/g", ""))),
        stack(
            "an opaque parent between",
            List.of(
                tar().add(dir("d", "0710", 6)).add(dir("d/e", "0700", 7)).file("d/e/f", ""),
                tar().add(dir("d", "0711", 8)).file("d/.wh..wh..opq", ""),
                tar().file("d/e/g", "")),
            "d 711 0:0 8"),
        stack(
            "opaque and implied itself",
            List.of(
                tar().add(dir("d", "0700", 7)).file("d/f", ""),
                tar().file("d/.wh..wh..opq", "").file("d/g", "")),
            "d 700 0:0 7"),
        stack(
            "opaque and explicit below",
            List.of(
                tar().add(dir("d", "0700", 7)).file("d/f", ""),
                tar().add(dir("d", "0750", 8)).file("d/.wh..wh..opq", ""),
                tar().file("d/g", "")),
            "d 750 0:0 8"),
        stack(
            "names that are no text",
            List.of(
                tar().add(dir("\u00e9\\ \t", "0700", 7)).add(dir("z", "0700", 7)),
                tar().file("\u00e9\\ \t/f", "").file("a/b", "").file("z/f", "")),
            "z 700 0:0 7",
            "\\xe9\\ \\x09 700 0:0 7"),
        stack(
            "a root that nobody gave",
            List.of(
                new RawTar().add(dir("./", "0711", 3)).add(dir("d", "0700", 7)),
                new RawTar().file("d/f", "")),
            "d 700 0:0 7"));
  }

  private List<LayerDisk> build(LayerStore store, Stack stack) {
    return stack.layers.stream().map(store::build).toList();
  }

  private static List<String> lines(LayerStore store, LayerDisk seam) {
    List<String> lines = new ArrayList<>();
    try (DatastoreReader extent = store.datastore.open(seam.extentPath())) {
      Ext4Reader.open(extent)
          .walk(
              (path, node) -> {
                if (!path.isEmpty()) {
                  lines.add(path + " " + describe(node.attributes()));
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  private static String describe(Ext4Attributes attributes) {
    String mode = Integer.toOctalString(attributes.permissions());
    String owner = attributes.uid() + ":" + attributes.gid();
    List<String> words = new ArrayList<>(List.of(mode, owner));
    words.add("" + attributes.modified().getEpochSecond());
    words.addAll(attributes.xattrs().names());
    return String.join(" ", words);
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void seam_holdsWhatIsWrongWithoutIt(Stack stack) {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> disks = build(store, stack);

    Optional<LayerDisk> seam = store.disks.seam(disks, Progress.NONE);

    assertThat(seam.map(disk -> lines(store, disk)).orElse(List.of()))
        .containsExactlyInAnyOrderElementsOf(stack.seam);
    assertThat(seam.map(LayerDisk::entries).orElse(0L)).isEqualTo(stack.seam.size());
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void overlayWithASeam_isWhatApplyingTheLayersMakes(Stack stack) {
    LayerStore store = LayerStore.at(folder);
    Map<String, TreeEntry> expected = new TreeMap<>();
    store.mounted(
        store.flatten(stack.layers.toArray(byte[][]::new)),
        root -> expected.putAll(belowTheRoot(root)));
    List<LayerDisk> single = build(store, stack);

    store.overlaid(
        store.seamed(single), root -> assertThat(belowTheRoot(root)).isEqualTo(expected));

    for (int from = 0; from < single.size(); from++) {
      for (int to = from + 2; to <= single.size(); to++) {
        List<LayerDisk> packed = new ArrayList<>(single.subList(0, from));
        packed.add(store.pack(single.subList(from, to)));
        packed.addAll(single.subList(to, single.size()));
        store.overlaid(
            store.seamed(packed), root -> assertThat(belowTheRoot(root)).isEqualTo(expected));
        store.disks.seam(single, Progress.NONE).ifPresent(packed::add);
        store.overlaid(packed, root -> assertThat(belowTheRoot(root)).isEqualTo(expected));
      }
    }
  }

  /** All but the root, and whiteouts, which show where nothing is merged. */
  private static Map<String, TreeEntry> belowTheRoot(Path root) {
    Map<String, TreeEntry> entries = DiskTree.withoutWhiteouts(root);
    entries.remove("");
    return entries;
  }

  @Test
  void overlayWithoutTheSeam_isSomethingElse() {
    LayerStore store = LayerStore.at(folder);
    Stack stack = stacks().findFirst().orElseThrow();
    List<LayerDisk> disks = build(store, stack);

    assertThat(OverlayModel.of(store.datastore, disks))
        .isNotEqualTo(OverlayModel.of(store.datastore, store.seamed(disks)));
  }

  @Test
  void seam_restoresTheRootOfTheUppermostLayerThatHasOne() {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> disks =
        List.of(
            store.build(new RawTar().add(dir("./", "0711", 3)).add(dir("d", "0700", 7)).end()),
            store.build(new RawTar().file("d/f", "").end()));

    assertThat(OverlayModel.of(store.datastore, store.seamed(disks)).get(""))
        .startsWith("DIRECTORY Ext4Attributes[permissions=457");
  }

  @Test
  void layersWithoutImpliedDirectories_haveNoSeamAndCostNothing() {
    LayerStore store = LayerStore.at(folder);
    LayerDisk lower = store.build(tar().file("a/b", "").end());
    LayerDisk upper = store.build(tar().add(dir("a", "0700", 1)).file("a/c", "").end());

    assertThat(store.disks.seam(List.of(lower, upper), Progress.NONE)).isEmpty();

    assertThat(lower.impliedDirectories()).isEqualTo(1);
    assertThat(upper.impliedDirectories()).isZero();
    assertThat(store.disks.hasSeam(List.of(lower, upper))).isTrue();
    store.assertHoldsOnly(lower, upper);
  }

  @Test
  void seamThatNothingHasToGoOn_isRemembered() {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> disks =
        List.of(store.build(tar().end()), store.build(tar().file("a/b", "").end()));
    assertThat(store.disks.hasSeam(disks)).isFalse();

    assertThat(store.disks.seam(disks, Progress.NONE)).isEmpty();

    assertThat(store.disks.hasSeam(disks)).isTrue();
    List<Digest> ids = disks.stream().map(LayerDisk::diffId).toList();
    assertThat(store.disks.find(LayerDisks.seamId(ids)).orElseThrow().entries()).isZero();
  }

  @DiskJudge.Exempt("the disk that must not be read is gone")
  @Test
  void secondSeam_isTheSameAndReadsNoDisk() throws IOException {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> disks = build(store, stacks().findFirst().orElseThrow());
    LayerDisk seam = store.disks.seam(disks, Progress.NONE).orElseThrow();
    Files.delete(store.file(disks.get(0).extentPath()));

    assertThat(store.disks.seam(disks, Progress.NONE)).contains(seam);
    assertThat(seam.layers()).isEqualTo(disks.stream().map(LayerDisk::diffId).toList());
  }

  @Test
  void seam_isTheSameBytesElsewhere() throws IOException {
    Stack stack = stacks().findFirst().orElseThrow();
    LayerStore one = LayerStore.at(folder.resolve("one"));
    LayerStore two = LayerStore.at(folder.resolve("two"));
    LayerDisk seam = one.disks.seam(build(one, stack), Progress.NONE).orElseThrow();
    LayerDisk same = two.disks.seam(build(two, stack), Progress.NONE).orElseThrow();

    assertThat(Files.mismatch(one.file(seam.extentPath()), two.file(same.extentPath())))
        .isEqualTo(-1);
  }

  @Test
  void veryDeepImpliedDirectories_areListedInProportionToTheirNames() throws IOException {
    LayerStore store = LayerStore.at(folder);
    String deep = "n".repeat(200) + "/";
    RawTar lower = tar().pax('x', "path", deep.repeat(900)).add(dir("d", "0700", 7));
    RawTar upper = tar().pax('x', "path", deep.repeat(1000) + "f").file("f", "");
    List<LayerDisk> disks = List.of(store.build(lower.end()), store.build(upper.end()));

    Path list = store.file(disks.get(1).path().parent().resolve("implied.txt"));
    assertThat(Files.size(list)).isLessThan(1000 * 250);
    assertThat(store.disks.seam(disks, Progress.NONE).orElseThrow().entries()).isEqualTo(900);
  }

  @Test
  void seamOfADiskThatIsGone_isNotFound() {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> disks = build(store, stacks().findFirst().orElseThrow());
    store.disks.remove(disks.get(0).diffId());

    assertThatThrownBy(() -> store.disks.seam(disks, Progress.NONE))
        .isInstanceOf(NotFoundException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1 + d",
        "1 + d\n",
        "2 + d\n",
        "1 * d\n",
        "1 + d\n1 + e\n1 + f\n",
        "1 + e\n1 + d\n",
        "1 + d\n3 + e\n",
        "1 + d\n2 + \\x6\n",
        "1 + d\n2 + \n",
        "99999999999 + d\n",
        "d"
      })
  void damagedListOfImpliedDirectories_isCorrupt(String list) throws IOException {
    LayerStore store = LayerStore.at(folder);
    List<LayerDisk> disks = build(store, stacks().findFirst().orElseThrow());
    Path file = store.file(disks.get(1).path().parent().resolve("implied.txt"));
    assertThat(file).hasContent("1 + d\n2 + e\n");
    Files.writeString(file, list);

    assertThatThrownBy(() -> store.disks.seam(disks, Progress.NONE))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("implied.txt");
  }
}
