package io.vic4j.storage.tar;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.VicException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TarProperties {
  @Provide
  Arbitrary<ByteString> bytes() {
    return Arbitraries.bytes()
        .filter(value -> value != 0)
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(300)
        .map(ByteString::of);
  }

  @Provide
  Arbitrary<TarEntry> files() {
    return Combinators.combine(
            bytes().filter(name -> name.at(name.size() - 1) != '/'),
            Arbitraries.integers().between(0, 07777),
            Arbitraries.longs().between(-1, 1L << 40),
            Arbitraries.longs().between(-(1L << 40), 1L << 40),
            Arbitraries.integers().between(0, 999_999_999),
            Arbitraries.integers().between(0, 3000),
            bytes(),
            bytes())
        .as(
            (name, mode, owner, seconds, nanos, size, key, value) ->
                TarEntry.builder(TarEntry.Type.FILE, name)
                    .mode(mode)
                    .owner(owner, owner / 3)
                    .modified(Instant.ofEpochSecond(seconds, nanos % 5 == 0 ? 0 : nanos))
                    .sizeBytes(size)
                    .xattr(ByteString.of(key.toString().replace('=', '-')), value)
                    .build());
  }

  private static byte[] write(List<TarEntry> entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    for (TarEntry entry : entries) {
      tar.put(entry);
      tar.write(content(entry));
    }
    tar.finish();
    return out.toByteArray();
  }

  private static byte[] content(TarEntry entry) {
    byte[] content = new byte[(int) entry.sizeBytes()];
    new Random(entry.sizeBytes()).nextBytes(content);
    return content;
  }

  @Property(tries = 200)
  void whatIsWritten_isReadInAnyPieces(
      @ForAll("files") TarEntry first, @ForAll("files") TarEntry second, @ForAll Random random)
      throws IOException {
    byte[] tar = write(List.of(first, second));
    ByteArrayInputStream pieces =
        new ByteArrayInputStream(tar) {
          @Override
          public synchronized int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, 1 + random.nextInt(700)));
          }
        };
    TarReader reader = new TarReader(pieces);
    for (TarEntry written : List.of(first, second)) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.entry()).usingRecursiveComparison().isEqualTo(written);
      assertThat(reader.contentStream().readAllBytes()).isEqualTo(content(written));
    }
    assertThat(reader.next()).isFalse();
  }

  @Property(tries = 500)
  void damagedArchive_isReadOrRefusedButNeverBreaksTheReader(
      @ForAll("files") TarEntry file, @ForAll Random random) throws IOException {
    byte[] tar =
        new RawTar()
            .raw(write(List.of(file)))
            .pax('x', "GNU.sparse.map", "0,10,20,10", "GNU.sparse.size", "100")
            .entry('0', "sparse", new byte[20])
            .link('1', "link", "sparse")
            .end();
    for (int i = random.nextInt(4); i >= 0; i--) {
      tar[random.nextInt(tar.length)] = (byte) random.nextInt();
    }
    repairChecksums(tar);
    List<TarEntry> entries = new ArrayList<>();
    try {
      TarReader reader = new TarReader(new ByteArrayInputStream(tar));
      while (reader.next()) {
        entries.add(reader.entry());
        reader.copyContent((position, piece) -> assertThat(piece.hasRemaining()).isTrue());
      }
    } catch (VicException e) {
      assertThat(e).isInstanceOf(TarException.class);
    }
    assertThat(entries).hasSizeLessThan(10);
  }

  /** So that damage gets past the first check; where no header is, this damages some more. */
  private static void repairChecksums(byte[] tar) {
    for (int at = 0; at + 512 <= tar.length; at += 512) {
      if (tar[at + 257] == 'u' && tar[at + 258] == 's') {
        int sum = 8 * ' ';
        for (int i = 0; i < 512; i++) {
          sum += i >= 148 && i < 156 ? 0 : tar[at + i] & 0xff;
        }
        byte[] digits =
            String.format("%06o\0 ", sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, tar, at + 148, 8);
      }
    }
  }
}
