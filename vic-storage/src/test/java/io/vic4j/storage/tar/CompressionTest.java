package io.vic4j.storage.tar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.github.luben.zstd.Zstd;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.UnsupportedException;
import io.vic4j.storage.tar.TarException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {
  private static final byte[] ONE = "one".repeat(1000).getBytes(UTF_8);
  private static final byte[] TWO = "two".repeat(50_000).getBytes(UTF_8);
  private static final byte[] BOTH = join(ONE, TWO);

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  /** Says that nothing is available, as a network does at the end of a packet. */
  private static byte[] decompress(byte[] data) throws IOException {
    InputStream in =
        new ByteArrayInputStream(data) {
          @Override
          public synchronized int available() {
            return 0;
          }
        };
    try (InputStream out = Compression.decompress(in)) {
      return out.readAllBytes();
    }
  }

  private static void assertDamaged(byte[] data, Reason reason) {
    assertThatThrownBy(() -> decompress(data))
        .asInstanceOf(type(TarException.class))
        .extracting(TarException::reason)
        .isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "plain", "\u001f", "\u001f\u008c not gzip"})
  void whatIsNotCompressed_isLeftAsItIs(String text) throws IOException {
    byte[] plain = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    assertThat(decompress(plain)).isEqualTo(plain);
  }

  @Test
  void membersOfGzip_areAllRead() throws IOException {
    assertThat(decompress(join(gzip(ONE), gzip(new byte[0]), gzip(TWO)))).isEqualTo(BOTH);
  }

  @Test
  void optionalFieldsOfGzip_areSkipped() throws IOException {
    byte[] plain = gzip(ONE);
    byte[] header = join(Arrays.copyOf(plain, 10));
    header[3] = 2 | 4 | 8 | 16;
    byte[] fields = join(header, new byte[] {3, 0, 1, 2, 3}, "name\0comment\0".getBytes(UTF_8));
    CRC32 crc = new CRC32();
    crc.update(fields);
    byte[] sum = {(byte) crc.getValue(), (byte) (crc.getValue() >> 8)};
    byte[] deflated = Arrays.copyOfRange(plain, 10, plain.length);
    assertThat(decompress(join(fields, sum, deflated))).isEqualTo(ONE);
    sum[0]++;
    assertDamaged(join(fields, sum, deflated), Reason.MALFORMED);
  }

  @Test
  void zerosAfterGzip_arePadding() throws IOException {
    assertThat(decompress(join(gzip(ONE), new byte[100_000]))).isEqualTo(ONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage", "\0garbage", "\u001fgarbage"})
  void somethingElseAfterGzip_isDamage(String garbage) {
    assertDamaged(join(gzip(ONE), garbage.getBytes(UTF_8)), Reason.MALFORMED);
  }

  @Test
  void gzipCutAnywhere_isTruncated() {
    byte[] whole = join(gzip(ONE), gzip(ONE));
    int member = whole.length / 2;
    for (int length = 2; length < whole.length; length++) {
      if (length != member) {
        assertDamaged(Arrays.copyOf(whole, length), Reason.TRUNCATED);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void wrongChecksumOrLengthOfGzip_isDamage(int fromEnd) {
    byte[] gzip = gzip(TWO);
    gzip[gzip.length - fromEnd]++;
    assertDamaged(gzip, Reason.MALFORMED);
  }

  @Test
  void invalidDeflateData_isDamage() {
    byte[] gzip = gzip(TWO);
    gzip[10] = (byte) 0xff;
    assertDamaged(gzip, Reason.MALFORMED);
  }

  @Test
  void reservedFlagsOfGzip_areDamage() {
    byte[] gzip = gzip(ONE);
    gzip[3] = (byte) 0x80;
    assertDamaged(gzip, Reason.MALFORMED);
  }

  @Test
  void framesOfZstd_areAllRead() throws IOException {
    byte[] skippable = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
    assertThat(
            decompress(
                join(skippable, Zstd.compress(ONE), skippable, Zstd.compress(TWO), skippable)))
        .isEqualTo(BOTH);
  }

  @Test
  void filesOfTheZstdTool_areRead(@TempDir Path folder) throws IOException {
    Path plain = Files.write(folder.resolve("f"), BOTH);
    ForeignTool.named("zstd").check("-q", "-19", "--check", plain);
    assertThat(decompress(Files.readAllBytes(folder.resolve("f.zst")))).isEqualTo(BOTH);
  }

  @Test
  void filesOfTheGzipTool_areRead(@TempDir Path folder) throws IOException {
    Path plain = Files.write(folder.resolve("f"), BOTH);
    ForeignTool.named("gzip").check("-9", plain);
    assertThat(decompress(Files.readAllBytes(folder.resolve("f.gz")))).isEqualTo(BOTH);
  }

  @Test
  void zstdCutAnywhere_isTruncated() {
    byte[] whole = Zstd.compress(ONE);
    for (int length = 4; length < whole.length; length++) {
      assertDamaged(Arrays.copyOf(whole, length), Reason.TRUNCATED);
    }
  }

  @Test
  void damagedZstd_isDamage() {
    byte[] zstd = Zstd.compress(TWO);
    zstd[4] |= 0x08; // The reserved bit of the frame header, RFC 8878, section 3.1.1.1.1.
    assertDamaged(zstd, Reason.MALFORMED);
    assertDamaged(join(Zstd.compress(ONE), "garbage".getBytes(UTF_8)), Reason.MALFORMED);
  }

  @Test
  void failureOfTheSource_goesThrough() {
    for (byte[] data : new byte[][] {ONE, gzip(TWO), Zstd.compress(TWO)}) {
      InputStream failing =
          new ByteArrayInputStream(data, 0, 10) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
              int read = super.read(target, offset, length);
              if (read < 0) {
                throw new IllegalStateException("connection reset");
              }
              return read;
            }
          };
      assertThatThrownBy(() -> Compression.decompress(failing).readAllBytes())
          .hasMessage("connection reset");
    }
  }

  @Test
  void zstdWithoutItsLibrary_isUnsupportedAndSaysWhatToAdd() throws Exception {
    try (URLClassLoader loader = new WithoutZstd()) {
      Class<?> compression = loader.loadClass(Compression.class.getName());
      var decompress = compression.getMethod("decompress", InputStream.class);
      assertThatThrownBy(
              () -> decompress.invoke(null, new ByteArrayInputStream(Zstd.compress(ONE))))
          .isInstanceOf(InvocationTargetException.class)
          .hasCauseInstanceOf(UnsupportedException.class)
          .cause()
          .hasMessageContaining("com.github.luben:zstd-jni");
    }
  }

  /** Loads the classes of this package anew, and knows no zstd-jni. */
  private static final class WithoutZstd extends URLClassLoader {
    WithoutZstd() {
      super(
          new URL[] {Compression.class.getProtectionDomain().getCodeSource().getLocation()},
          CompressionTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("com.github.luben")) {
        throw new ClassNotFoundException(name);
      }
      if (name.startsWith("io.vic4j.storage.tar.")) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
      return super.loadClass(name, resolve);
    }
  }
}
