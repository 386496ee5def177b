package io.vic4j.storage.tar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of GNU tar, judged by commons-compress and by what they were made of. */
class GnuTarTest {
  @TempDir Path folder;

  private byte[] tar(Object... options) throws IOException {
    Path archive = folder.resolve("archive.tar");
    List<Object> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("-cf", archive, "-C", tree(), "."));
    ForeignTool.named("tar").check(arguments.toArray());
    return Files.readAllBytes(archive);
  }

  private Path tree() throws IOException {
    return Files.createDirectories(folder.resolve("tree"));
  }

  private static List<String> describe(byte[] tar) throws IOException {
    List<String> entries = new ArrayList<>();
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    while (reader.next()) {
      TarEntry e = reader.entry();
      entries.add(
          describe(
              e.name().toString(),
              e.typeFlag() == 'S' ? '0' : e.typeFlag(),
              e.mode(),
              e.uid(),
              e.gid(),
              e.sizeBytes(),
              e.modified(),
              e.linkTarget().map(ByteString::toString).orElse(""),
              reader.contentStream()));
    }
    return entries;
  }

  private static List<String> describeByOracle(byte[] tar) throws IOException {
    List<String> entries = new ArrayList<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (TarArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        entries.add(
            describe(
                e.getName(),
                e.isSparse() ? '0' : (char) e.getLinkFlag(),
                e.getMode() & 07777,
                e.getLongUserId(),
                e.getLongGroupId(),
                e.isFile() ? e.getRealSize() : 0,
                e.getLastModifiedTime().toInstant(),
                e.getLinkName(),
                in));
      }
    }
    return entries;
  }

  private static String describe(
      String name,
      char type,
      int mode,
      long uid,
      long gid,
      long size,
      Instant modified,
      String target,
      InputStream content)
      throws IOException {
    String digest = Digest.sha256(content.readAllBytes()).shortHex();
    return String.format(
        "%s %s %o %d:%d %d %s '%s' %s", name, type, mode, uid, gid, size, modified, target, digest);
  }

  private void makeTree(boolean longNames) throws IOException {
    Path tree = tree();
    Files.createDirectories(tree.resolve("dir/empty"));
    Files.writeString(tree.resolve("dir/file"), "content\n");
    Files.write(tree.resolve("dir/blocks"), new byte[512 * 300]);
    Files.createLink(tree.resolve("hard"), tree.resolve("dir/file"));
    Files.createSymbolicLink(tree.resolve("sym"), Path.of("dir/file"));
    Files.writeString(tree.resolve("größe"), "UTF-8");
    if (longNames) {
      Path deep = tree.resolve("d".repeat(90)).resolve("e".repeat(90));
      Files.createDirectories(deep);
      Files.writeString(deep.resolve("f".repeat(90)), "deep");
    }
    ForeignTool.named("touch")
        .check("-d", "2024-02-29T12:34:56.123456789Z", tree.resolve("dir/file"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"v7", "oldgnu", "gnu", "ustar", "posix"})
  void allFormats_areReadAsTheOracleDoes(String format) throws IOException {
    makeTree(format.equals("posix") || format.endsWith("gnu"));
    byte[] tar = tar("--format=" + format, "--sort=name");
    assertThat(describe(tar)).isEqualTo(describeByOracle(tar)).hasSizeGreaterThan(6);
  }

  @Test
  void oracle_noticesADifference() throws IOException {
    makeTree(false);
    byte[] tar = tar("--format=gnu");
    byte[] other = tar("--format=gnu", "--mode=u+s");
    assertThat(describe(tar)).isNotEqualTo(describeByOracle(other));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=oldgnu",
        "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1",
        "--format=posix --sparse-version=1.0"
      })
  void sparseFiles_areReadWithTheirHoles(String options) throws IOException {
    Path file = tree().resolve("sparse");
    // More sections than a header of the old format has room for, and than one block more.
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      for (int i = 0; i < 60; i++) {
        out.seek(i * 65536L);
        out.write(("section " + i).getBytes(UTF_8));
      }
      out.setLength(60 * 65536L);
    }
    byte[] tar = tar((Object[]) (options + " --sparse").split(" "));
    assertThat(tar.length).isLessThan(1_000_000);

    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    assertThat(reader.next()).isTrue();
    assertThat(reader.next()).isTrue();
    assertThat(reader.entry().name()).isEqualTo(ByteString.of("./sparse"));
    assertThat(reader.entry().sizeBytes()).isEqualTo(60 * 65536);
    assertThat(reader.contentStream().readAllBytes()).isEqualTo(Files.readAllBytes(file));
    assertThat(reader.next()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "posix"})
  void fileOverEightGibibytes_hasItsSize(String format) throws IOException {
    long size = (9L << 30) + 1;
    try (RandomAccessFile out = new RandomAccessFile(tree().resolve("huge").toFile(), "rw")) {
      out.setLength(size);
      out.seek(size - 1);
      out.write('!');
    }
    byte[] tar = tar("--format=" + format, "--sparse");
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    assertThat(reader.next()).isTrue();
    assertThat(reader.next()).isTrue();
    assertThat(reader.entry().sizeBytes()).isEqualTo(size);
    List<Long> ends = new ArrayList<>();
    reader.copyContent((position, piece) -> ends.add(position + piece.remaining()));
    assertThat(ends.get(ends.size() - 1)).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "posix"})
  void numbersOutOfOctalRange_areRead(String format) throws IOException {
    Files.createFile(tree().resolve("f"));
    byte[] tar =
        tar("--format=" + format, "--owner=:4294967290", "--group=:3000000", "--mtime=@-86400");
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    assertThat(reader.next()).isTrue();
    assertThat(reader.entry().uid()).isEqualTo(4294967290L);
    assertThat(reader.entry().gid()).isEqualTo(3000000);
    assertThat(reader.entry().modified()).isEqualTo(Instant.ofEpochSecond(-86400));
  }

  @Test
  void xattrs_keepTheirBytes() throws IOException {
    Path file = Files.createFile(tree().resolve("f"));
    byte[] value = new byte[256];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) i;
    }
    try {
      Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
          .write("note", ByteBuffer.wrap(value));
    } catch (IOException | NullPointerException e) {
      ForeignTool.missing("no user xattrs in " + folder + ": " + e);
    }
    byte[] tar = tar("--format=posix", "--xattrs");
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    assertThat(reader.next()).isTrue();
    assertThat(reader.next()).isTrue();
    assertThat(reader.entry().xattrs())
        .containsEntry(ByteString.of("user.note"), ByteString.of(value));
  }
}
