package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.ForeignImage.mkfs;
import static io.vic4j.storage.ext4.ForeignImage.walkAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** File systems that are damaged, or made to do damage. */
class HostileImageTest {
  private static final int SIZE_BYTES = 1 << 20;

  private static Path folder;
  private static byte[][] images;

  @BeforeAll
  @BeforeContainer
  static void setUp() throws IOException {
    folder = Files.createTempDirectory("ext4-hostile");
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.createDirectories(tree.resolve("a/b"));
    Files.writeString(tree.resolve("a/b/file"), "content");
    Files.writeString(tree.resolve("top"), "x".repeat(5000));
    Files.createSymbolicLink(tree.resolve("link"), Path.of("z".repeat(100)));
    ForeignTool.named("setfattr").check("-n", "user.a", "-v", "b".repeat(300), tree.resolve("top"));
    String[] features = {
      "^metadata_csum", "^metadata_csum,^extent,^64bit", "^metadata_csum,inline_data"
    };
    images = new byte[features.length][];
    for (int i = 0; i < features.length; i++) {
      Path image =
          mkfs(
              folder.resolve("image" + i),
              tree,
              SIZE_BYTES,
              "-t",
              "ext4",
              "-b",
              "1024",
              "-N",
              "64",
              "-O",
              "^has_journal,^resize_inode," + features[i]);
      images[i] = Files.readAllBytes(image);
    }
  }

  @AfterAll
  @AfterContainer
  static void tearDown() throws IOException {
    try (var paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }

  private static Path write(byte[] image) throws IOException {
    return Files.write(folder.resolve("hostile"), image);
  }

  /** Most of the image is empty: changes go to bytes that are not zero, or stand beside such. */
  @Property(tries = 1500)
  void anyBytesChanged_isReadOrRefused(
      @ForAll @IntRange(max = 2) int which,
      @ForAll @Size(min = 1, max = 4) int[] places,
      @ForAll byte value)
      throws IOException {
    byte[] image = images[which].clone();
    for (int place : places) {
      int at = Math.floorMod(place, image.length);
      for (int tries = 0; tries < image.length && image[at] == 0; tries++) {
        at = (at + 1) % image.length;
      }
      image[Math.floorMod(at + (place >> 28), image.length)] = value;
    }
    try {
      walkAll(write(image));
    } catch (VicException e) {
      assertThat(e).isInstanceOfAny(CorruptException.class, UnsupportedException.class);
    }
  }

  @Property(tries = 500)
  void anyByteOfTheSuperblockChanged_isReadOrRefused(
      @ForAll @IntRange(max = 2) int which,
      @ForAll @IntRange(max = 0x17f) int offset,
      @ForAll byte value)
      throws IOException {
    byte[] image = images[which].clone();
    image[1024 + offset] = value;
    try {
      walkAll(write(image));
    } catch (VicException e) {
      assertThat(e).isInstanceOfAny(CorruptException.class, UnsupportedException.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ln /a /a/b/loop              | is a directory with two names
          ln <2> /a/b/root             | inode 2 is a directory with two names
          clri /a/b/file               | has a name, but is not in use
          sif /a/b/file mode 0         | has a name, but is not in use
          sif /a/b/file mode 0xf000    | has mode
          sif /top block[0] 0x00041234 | has a node of extents
          sif /top block[5] 0x7fffffff | blocks at
          sif /top file_acl 999999     | extended attributes at block
          sif /a size 12345678900      | a directory of 12345678900 bytes
          sif /a size 1000             | a directory of 1000 bytes
          sif /link size 9999          | a symbolic link of 9999 bytes
          ssv inodes_count 999999      | inodes in
          ssv blocks_per_group 0       | groups have 0 blocks
          ssv inode_size 77            | inodes have 77 bytes
          ssv blocks_count 99999       | truncated
          set_bg 0 inode_table 99999   | the inodes of group 0 are at block
          """)
  void damage_isNamed(String request, String message) throws IOException {
    Path image = write(images[0]);
    ForeignTool.named("debugfs").check("-w", "-R", request, image);

    assertThatThrownBy(() -> walkAll(image))
        .isInstanceOfAny(CorruptException.class, UnsupportedException.class)
        .hasMessageContaining(message.strip());
  }

  @ParameterizedTest
  @CsvSource({"encrypt", "casefold"})
  void feature_thatIsNotRead_isRefusedByName(String feature) throws IOException {
    Path image = write(images[0]);
    ForeignTool.named("debugfs").check("-w", "-R", "feature " + feature, image);

    assertThatThrownBy(() -> walkAll(image))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("the feature " + feature);
  }

  @Test
  void attributeInAnInode_isRefusedByName() throws IOException {
    Path image =
        mkfs(
            folder.resolve("ea"),
            folder.resolve("tree"),
            SIZE_BYTES * 8,
            "-t",
            "ext4",
            "-O",
            "ea_inode");
    Path value = Files.write(folder.resolve("value"), new byte[20_000]);
    ForeignTool.named("debugfs").check("-w", "-R", "ea_set -f " + value + " /top user.big", image);

    assertThatThrownBy(() -> walkAll(image))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("ea_inode");
  }

  @Test
  void checksums_findAChangedByte() throws IOException {
    Path image = mkfs(folder.resolve("sums"), folder.resolve("tree"), SIZE_BYTES * 8, "-t", "ext4");
    String place = Ext4Judge.debugfsText(image, "imap /top");
    int block = Integer.parseInt(place.replaceAll("(?s).*block (\\d+), offset.*", "$1"));
    int offset = Integer.decode(place.replaceAll("(?s).*offset (0x[0-9a-f]+).*", "$1"));
    Ext4Judge.damage(image, block * 1024L + offset + 8);

    assertThatThrownBy(() -> walkAll(image))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("has a wrong checksum");
  }

  @Test
  void empty_isCorrupt() throws IOException {
    Path image = write(new byte[0]);

    assertThatThrownBy(() -> walkAll(image)).isInstanceOf(CorruptException.class);
  }
}
