package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.DIRECTORY;
import static io.vic4j.storage.ext4.Ext4Image.FILE;
import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.Ext4Image.file;
import static io.vic4j.storage.ext4.Ext4Image.layer;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Ext4DeterminismTest {
  @TempDir Path folder;

  private static void content(Ext4Writer w) {
    int d = w.makeDirectory(w.root(), bytes("d"), DIRECTORY);
    for (int i = 0; i < 2000; i++) {
      Ext4Xattrs xattrs = Ext4Xattrs.none().with("user.n", new byte[i % 7 * 50]);
      int node = w.beginFile(d, bytes("name" + i * 7919 % 2000), FILE.withXattrs(xattrs));
      w.write(bytes("content" + i), 0, 7);
      w.endFile();
      if (i % 5 == 0) {
        w.link(w.root(), bytes("link" + i), node);
      }
      if (i % 3 == 0) {
        w.remove(d, bytes("name" + i * 7919 % 2000));
      }
    }
  }

  @Test
  void sameCalls_giveTheSameBytes() throws IOException {
    Path first = Ext4Image.make(folder.resolve("1"), layer(), Ext4DeterminismTest::content);
    Path second = Ext4Image.make(folder.resolve("2"), layer(), Ext4DeterminismTest::content);

    assertThat(first).hasSameBinaryContentAs(second);
  }

  @Test
  void uuid_isAllThatTellsImagesOfOneContentApart() throws IOException {
    Ext4Options other = Ext4Options.builder(new UUID(1, 2)).build();

    Path first = Ext4Image.make(folder.resolve("1"), layer(), Ext4DeterminismTest::content);
    Path second = Ext4Image.make(folder.resolve("2"), other, Ext4DeterminismTest::content);

    assertThat(Files.size(first)).isEqualTo(Files.size(second));
    assertThat(Files.mismatch(first, second)).isPositive();
  }

  /** Layers are shared between machines: what a version writes, the next one writes too. */
  @Test
  void bytes_areThoseOfEarlierVersions() throws IOException {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              file(w, w.root(), "f", bytes("text"));
              w.makeSymlink(w.root(), bytes("l"), bytes("f"), FILE);
            });

    assertThat(Digest.sha256(Files.readAllBytes(image)))
        .hasToString("sha256:27687e57f28583b30da24eb972aaba24ca4f9950ed3a5cde08c75b5b2a84961e");
  }
}
