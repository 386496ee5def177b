package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.DIRECTORY;
import static io.vic4j.storage.ext4.Ext4Image.FILE;
import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.Ext4Image.file;
import static io.vic4j.storage.ext4.Ext4Image.layer;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

class Ext4LargeTest {
  @TempDir Path folder;

  @Test
  void sparseFileBeyond4Gibibytes_hasItsHoles() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              w.beginFile(w.root(), bytes("f"), FILE);
              w.write(bytes("begin"), 0, 5);
              w.writeHole(5_000_000_000L - 5);
              w.write(bytes("middle"), 0, 6);
              w.writeHole(1_000_000);
              w.endFile();
            });

    assertThat(image.toFile().length()).isLessThan(1 << 20);
    Ext4Judge.mounted(
        image,
        root -> {
          try (RandomAccessFile f = new RandomAccessFile(root.resolve("f").toFile(), "r")) {
            assertThat(f.length()).isEqualTo(5_001_000_006L);
            byte[] read = new byte[16];
            f.seek(4_999_999_995L);
            f.readFully(read);
            assertThat(read).isEqualTo(bytes("\0\0\0\0\0middle\0\0\0\0\0"));
            f.seek(0);
            f.readFully(read);
            assertThat(read).isEqualTo(bytes("begin\0\0\0\0\0\0\0\0\0\0\0"));
          }
        });
  }

  @Test
  void holesInsideAndAcrossBlocks_readAsZeros() {
    byte[] expected = new byte[40_000];
    int[] at = {10, 100, 4090, 4100, 8192, 20_000, 24_575, 39_000};

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              w.beginFile(w.root(), bytes("f"), FILE);
              int end = 0;
              for (int position : at) {
                w.writeHole(position - end);
                w.write(bytes("#"), 0, 1);
                expected[position] = '#';
                end = position + 1;
              }
              w.writeHole(expected.length - end);
              w.endFile();
            });

    assertThat(Ext4Judge.debugfs(image, "cat /f")).isEqualTo(expected);
  }

  @Test
  void fileInThousandsOfPieces_hasADeepTree() {
    int pieces = 3000;

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              w.beginFile(w.root(), bytes("f"), FILE);
              for (int i = 0; i < pieces; i++) {
                w.write(bytes("piece" + i), 0, bytes("piece" + i).length);
                w.writeHole(8192 - bytes("piece" + i).length);
              }
              w.endFile();
              file(w, w.root(), "next", bytes("next"));
              w.beginFile(w.root(), bytes("g"), FILE);
              for (int i = 0; i < pieces; i++) {
                w.write(new byte[1], 0, 1);
                w.writeHole(8191);
              }
              w.endFile();
              w.remove(w.root(), bytes("g"));
            });

    assertThat(Ext4Judge.debugfsText(image, "stat /f")).contains("(ETB0)");
    Ext4Judge.mounted(
        image,
        root -> {
          try (RandomAccessFile f = new RandomAccessFile(root.resolve("f").toFile(), "r")) {
            for (int i = 0; i < pieces; i++) {
              byte[] read = new byte[bytes("piece" + i).length + 1];
              f.seek(i * 8192L);
              f.readFully(read);
              assertThat(read).isEqualTo(bytes("piece" + i + "\0"));
            }
          }
        });
  }

  @Test
  void dataBeyond4Gibibytes_areInPlace() {
    int mebibytes = 4500;
    byte[] buffer = new byte[1 << 20];

    Path image = folder.resolve("disk.img");
    try (DatastoreWriter disk = new ZeroSkipping(folder);
        Ext4Writer w = Ext4Writer.create(disk, layer())) {
      w.beginFile(w.root(), bytes("f"), FILE);
      for (int i = 0; i < mebibytes; i++) {
        ByteBuffer.wrap(buffer).putInt(i);
        w.write(buffer, 0, buffer.length);
      }
      w.endFile();
      file(w, w.root(), "behind", bytes("behind"));
      w.finish();
      disk.commit();
    }

    Ext4Judge.assertClean(image);
    Ext4Judge.mounted(
        image,
        root -> {
          try (RandomAccessFile f = new RandomAccessFile(root.resolve("f").toFile(), "r")) {
            assertThat(f.length()).isEqualTo((long) mebibytes << 20);
            for (int i = 0; i < mebibytes; i++) {
              f.seek((long) i << 20);
              assertThat(f.readInt()).isEqualTo(i);
            }
          }
          assertThat(root.resolve("behind")).hasContent("behind");
        });
  }

  /** Leaves pages that are all zeros out, so that the test need not write gigabytes. */
  private static final class ZeroSkipping implements DatastoreWriter {
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(4096).asReadOnlyBuffer();
    private final DatastoreWriter out;

    ZeroSkipping(Path folder) {
      out = LocalDatastore.at(folder).create(DatastorePath.parse("disk.img"));
    }

    @Override
    public void write(long position, ByteBuffer source) {
      int limit = source.limit();
      long at = position;
      while (source.position() < limit) {
        int count = Math.min(4096, limit - source.position());
        source.limit(source.position() + count);
        if (source.equals(ZEROS.duplicate().limit(count))) {
          source.position(source.limit());
        } else {
          out.write(at, source);
        }
        at += count;
        source.limit(limit);
      }
    }

    @Override
    public void setSize(long sizeBytes) {
      out.setSize(sizeBytes);
    }

    @Override
    public void commit() {
      out.commit();
    }

    @Override
    public void close() {
      out.close();
    }
  }

  @Test
  void directoryWithMoreThan65000Subdirectories_isClean() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              int d = w.makeDirectory(w.root(), bytes("d"), DIRECTORY);
              for (int i = 0; i < 65_001; i++) {
                w.makeDirectory(d, bytes("sub" + i), DIRECTORY);
              }
            });

    assertThat(Ext4Judge.debugfsText(image, "stat /d")).contains("Links: 1 ");
  }

  @Test
  void directoryOfLongNames_hasTwoLevelsOfIndex() {
    int count = 12_000;

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              int d = w.makeDirectory(w.root(), bytes("d"), DIRECTORY);
              for (int i = 0; i < count; i++) {
                file(w, d, "n".repeat(249) + String.format("%06d", i), new byte[0]);
              }
            });

    assertThat(Ext4Judge.debugfsText(image, "htree_dump /d")).contains("Indirect levels: 1");
    Ext4Judge.mounted(
        image,
        root -> {
          assertThat(root.resolve("d").toFile().list()).hasSize(count);
          for (int i = 0; i < count; i++) {
            assertThat(root.resolve("d/" + "n".repeat(249) + String.format("%06d", i))).exists();
          }
        });
  }

  @Test
  @EnabledIfSystemProperty(
      named = "vic.slow",
      matches = "true",
      disabledReason = "takes half a minute")
  void aMillionFiles_areClean() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              int d = w.root();
              for (int i = 0; i < 1_000_000; i++) {
                if (i % 1000 == 0) {
                  d = w.makeDirectory(w.root(), bytes("d" + i / 1000), DIRECTORY);
                }
                file(w, d, "file-" + i, bytes("content " + i));
              }
            });

    Ext4Judge.mounted(
        image,
        root -> {
          String found = ForeignTool.named("find").check(root, "-type", "f", "-printf", "x").text();
          assertThat(found).hasSize(1_000_000);
          assertThat(Files.readString(root.resolve("d777/file-777777")))
              .isEqualTo("content 777777");
        });
  }
}
