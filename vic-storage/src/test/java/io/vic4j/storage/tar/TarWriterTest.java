package io.vic4j.storage.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ForeignTool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarWriterTest {
  @TempDir Path folder;

  private static final List<TarEntry> EVERYTHING =
      List.of(
          TarEntry.builder(TarEntry.Type.DIRECTORY, "d/")
              .mode(01777)
              .modified(Instant.EPOCH)
              .build(),
          TarEntry.builder(TarEntry.Type.FILE, "d/empty")
              .mode(04755)
              .owner(70000, 4294967294L)
              .build(),
          TarEntry.builder(TarEntry.Type.FILE, "d/" + "n".repeat(200))
              .modified(Instant.ofEpochSecond(-5, 250_000_000))
              .accessed(Instant.ofEpochSecond(7, 1))
              .changed(Instant.ofEpochSecond(8))
              .build(),
          TarEntry.builder(TarEntry.Type.FILE, "d/xattr")
              .xattr(ByteString.of("security.capability"), bytes(1, 0, 0, 2, 0x80, 0xff, '\n', 0))
              .xattr(ByteString.of("user.empty"), ByteString.EMPTY)
              .build(),
          TarEntry.builder(TarEntry.Type.FILE, bytes('d', '/', 0xff, 0xfe)).build(),
          TarEntry.builder(TarEntry.Type.HARD_LINK, "d/link")
              .linkTarget(ByteString.of("d/empty"))
              .build(),
          TarEntry.builder(TarEntry.Type.SYMBOLIC_LINK, "d/sym")
              .linkTarget(ByteString.of("t/".repeat(70)))
              .build(),
          TarEntry.builder(TarEntry.Type.CHARACTER_DEVICE, "d/c").device(4095, 1048575).build(),
          TarEntry.builder(TarEntry.Type.BLOCK_DEVICE, "d/b").device(8, 1).build(),
          TarEntry.builder(TarEntry.Type.FIFO, "d/p").mode(0600).build());

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.of(bytes);
  }

  private static byte[] write(List<TarEntry> entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    for (TarEntry entry : entries) {
      tar.put(entry);
      tar.writeZeros(entry.sizeBytes());
    }
    tar.finish();
    return out.toByteArray();
  }

  @Test
  void everythingWritten_isReadBack() throws IOException {
    TarReader tar = new TarReader(new ByteArrayInputStream(write(EVERYTHING)));
    for (TarEntry written : EVERYTHING) {
      assertThat(tar.next()).isTrue();
      assertThat(tar.entry()).usingRecursiveComparison().isEqualTo(written);
    }
    assertThat(tar.next()).isFalse();
  }

  @Test
  void gnuTar_readsIt() throws IOException {
    Path archive = Files.write(folder.resolve("a.tar"), write(EVERYTHING));
    String listing =
        ForeignTool.named("tar")
            .check("--numeric-owner", "--full-time", "--utc", "-tvf", archive)
            .text();
    // As GNU tar itself writes this time; its listing shows a wrong one for either.
    assertThat(Files.readString(archive, ISO_8859_1)).contains("mtime=-4.75\n");
    assertThat(listing.lines()).hasSize(EVERYTHING.size());
    assertThat(listing)
        .contains("drwxrwxrwt 0/0")
        .contains("-rwsr-xr-x 70000/4294967294")
        .contains("d/link link to d/empty")
        .contains("4095,1048575")
        .contains("prw-------");
  }

  @Test
  void content_isPaddedAndReadBack() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    tar.put(TarEntry.builder(TarEntry.Type.FILE, "hello").sizeBytes(5).build());
    tar.write("hello".getBytes(UTF_8));
    tar.put(TarEntry.builder(TarEntry.Type.FILE, "block").sizeBytes(512).build());
    tar.writeZeros(512);
    tar.finish();
    assertThat(out.size()).isEqualTo(512 * 6);

    TarReader reader = new TarReader(new ByteArrayInputStream(out.toByteArray()));
    assertThat(reader.next()).isTrue();
    assertThat(reader.contentStream().readAllBytes()).isEqualTo("hello".getBytes(UTF_8));
    assertThat(reader.next()).isTrue();
    assertThat(reader.contentStream().readAllBytes()).isEqualTo(new byte[512]);
    assertThat(reader.next()).isFalse();
  }

  @Test
  void contentOfAnotherLengthThanDeclared_isRefused() throws IOException {
    TarWriter tar = new TarWriter(new ByteArrayOutputStream());
    tar.put(TarEntry.builder(TarEntry.Type.FILE, "f").sizeBytes(5).build());
    assertThatThrownBy(() -> tar.write(new byte[6])).isInstanceOf(IllegalArgumentException.class);
    tar.write(new byte[4]);
    assertThatThrownBy(tar::finish).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void lengthOfPaxRecord_countsItsOwnDigits() throws IOException {
    // Around 100 and 1000 bytes, where the length grows by a digit.
    for (int size = 80; size < 1010; size++) {
      TarEntry entry = TarEntry.builder(TarEntry.Type.FILE, "x".repeat(size)).build();
      TarReader tar = new TarReader(new ByteArrayInputStream(write(List.of(entry))));
      assertThat(tar.next()).isTrue();
      assertThat(tar.entry().name()).isEqualTo(entry.name());
    }
  }
}
