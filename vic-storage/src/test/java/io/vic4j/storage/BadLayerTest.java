package io.vic4j.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.storage.LayerException.Reason;
import io.vic4j.storage.tar.RawTar;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers that are refused, by name, with nothing published. */
class BadLayerTest {
  private static final LayerLimits LIMITS =
      LayerLimits.builder().tarBytes(100_000).entries(10).pathDepth(8).build();

  @TempDir Path folder;

  private static RawTar tar() {
    return new RawTar().file("good", "");
  }

  static Stream<Arguments> badLayers() {
    String sparse = "GNU.sparse.map";
    String size = "GNU.sparse.size";
    RawTar many = tar();
    for (int i = 0; i < 10; i++) {
      many.file("many" + i, "");
    }
    return Stream.of(
        bad(Reason.ESCAPES_ROOT, "../up", tar().file("../up", "")),
        bad(Reason.ESCAPES_ROOT, "a/../../up", tar().file("a/../../up", "")),
        bad(Reason.ESCAPES_ROOT, "/..", tar().add('5', "/..")),
        bad(Reason.ESCAPES_ROOT, "link", tar().link('1', "link", "../../etc/passwd")),
        bad(Reason.ESCAPES_ROOT, "a/.wh...", tar().file("a/.wh...", "")),
        bad(Reason.ESCAPES_ROOT, "a/.wh..", tar().file("a/.wh..", "")),
        bad(Reason.ESCAPES_ROOT, ".wh.../x", tar().file(".wh.../x", "")),
        bad(Reason.MALFORMED, ".wh.", tar().file(".wh.", "")),
        bad(Reason.MALFORMED, ".wh.a/b", tar().file(".wh.a/b", "")),
        bad(Reason.MALFORMED, "./", tar().file("./", "").link('2', "./", "x")),
        bad(Reason.MALFORMED, "l", tar().add('5', "d").link('1', "l", "d")),
        bad(Reason.MALFORMED, "a/x", tar().link('2', "a", "b").link('2', "b", "a").file("a/x", "")),
        bad(Reason.MISSING_LINK_TARGET, "l", tar().link('1', "l", "nowhere")),
        bad(Reason.MISSING_LINK_TARGET, "l", tar().file(".wh.x", "").link('1', "l", "x")),
        bad(Reason.MISSING_LINK_TARGET, "d", tar().file("d/f", "").link('1', "d", "d/f")),
        bad(Reason.UNSUPPORTED_ENTRY, "socket", tar().add('s', "socket")),
        bad(Reason.UNSUPPORTED_ENTRY, "label", tar().add('V', "label")),
        bad(
                Reason.UNSUPPORTED_ENTRY,
                "n".repeat(90) + "/",
                tar().pax('x', "path", "n".repeat(256)).add('0', "x"))
            .named("n".repeat(256)),
        bad(Reason.UNSUPPORTED_ENTRY, "f", tar().pax('x', "uid", "4294967296").add('0', "f")),
        bad(Reason.UNSUPPORTED_ENTRY, "f", tar().pax('x', "mtime", "99999999999").add('0', "f")),
        bad(Reason.UNSUPPORTED_ENTRY, "s", tar().link('2', "s", "")),
        bad(Reason.LIMIT_EXCEEDED, "many9", many),
        bad(Reason.LIMIT_EXCEEDED, "a/a/a/a/a/a/a/a/a", tar().add('5', "a/a/a/a/a/a/a/a/a")),
        bad(Reason.LIMIT_EXCEEDED, "f", tar().link('2', "s", "a/".repeat(9)).file("s/f", ""))
            .named("s/f"),
        bad(Reason.LIMIT_EXCEEDED, "big", tar().entry('0', "big", new byte[200_000])),
        bad(
            Reason.LIMIT_EXCEEDED,
            "holes",
            tar().pax('x', sparse, "0,1", size, "9000000000000000").entry('0', "holes", (byte) 1)),
        bad(Reason.MALFORMED, "f", tar().pax('x', sparse, "0,9", size, "20").file("f", "x")),
        bad(Reason.MALFORMED, null, tar().raw("<html>".repeat(200).getBytes(ISO_8859_1))));
  }

  private record Bad(Reason reason, String entry, byte[] tar) implements Arguments {
    Bad named(String name) {
      return new Bad(reason, name, tar);
    }

    @Override
    public Object[] get() {
      return new Object[] {reason, entry, tar};
    }
  }

  private static Bad bad(Reason reason, String entry, RawTar tar) {
    return new Bad(reason, entry, tar.end());
  }

  @ParameterizedTest
  @MethodSource("badLayers")
  void badLayer_isRefusedByName(Reason reason, String entry, byte[] tar) {
    LayerStore store = LayerStore.at(folder, LIMITS);
    assertThatThrownBy(() -> store.build(tar))
        .asInstanceOf(type(LayerException.class))
        .satisfies(e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.entry().orElse(null)).isEqualTo(entry));
    store.assertHoldsOnly();
  }

  @Test
  void bombOfZeros_isRefusedWhileItIsRead() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(tar().end());
      gzip.write(new byte[50_000_000]);
    }
    LayerStore store = LayerStore.at(folder, LIMITS);
    assertReason(store, out.toByteArray(), Reason.LIMIT_EXCEEDED);
  }

  private static void assertReason(LayerStore store, byte[] source, Reason reason) {
    assertThatThrownBy(
            () ->
                store.disks.build(
                    Digest.sha256("any"), new ByteArrayInputStream(source), Progress.NONE))
        .asInstanceOf(type(LayerException.class))
        .extracting(LayerException::reason)
        .isEqualTo(reason);
    store.assertHoldsOnly();
  }

  @Test
  void truncatedTar_isRefusedWithTheEntrysName() {
    byte[] tar = tar().file("big", "x".repeat(5000)).end();
    LayerStore store = LayerStore.at(folder);
    assertThatThrownBy(() -> store.build(Arrays.copyOf(tar, 3000)))
        .asInstanceOf(type(LayerException.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED))
        .satisfies(e -> assertThat(e.entry()).contains("big"));
    store.assertHoldsOnly();
  }

  @Test
  void truncatedGzip_isRefused() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(tar().end());
    }
    LayerStore store = LayerStore.at(folder);
    assertReason(store, Arrays.copyOf(out.toByteArray(), out.size() - 5), Reason.TRUNCATED);
  }

  @Test
  void anotherDigest_isCorrupt() {
    byte[] tar = tar().end();
    Digest expected = Digest.sha256("another");
    LayerStore store = LayerStore.at(folder);
    assertThatThrownBy(
            () -> store.disks.build(expected, new ByteArrayInputStream(tar), Progress.NONE))
        .asInstanceOf(type(CorruptException.class))
        .satisfies(e -> assertThat(e.expected()).contains(expected))
        .satisfies(e -> assertThat(e.actual()).contains(Digest.sha256(tar)));
    store.assertHoldsOnly();
  }

  /** A source that looks at what it delivered, and speaks up at its end. */
  private static final class Verifying extends ByteArrayInputStream {
    Verifying(byte[] content) {
      super(content);
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) {
      int read = super.read(buffer, offset, length);
      if (read < 0) {
        throw new CorruptException("damaged on the way", null);
      }
      return read;
    }
  }

  @Test
  void sourceThatFailsAtItsEnd_publishesNothing() {
    byte[] tar = tar().end();
    LayerStore store = LayerStore.at(folder);
    assertThatThrownBy(
            () -> store.disks.build(Digest.sha256(tar), () -> new Verifying(tar), Progress.NONE))
        .hasMessage("damaged on the way");
    store.assertHoldsOnly();
  }

  @Test
  void damageThatTheSourceKnowsOf_isTheSourcesToTell() {
    byte[] damaged = tar().end();
    damaged[600]++;
    damaged[5]++;
    LayerStore store = LayerStore.at(folder);
    assertThatThrownBy(
            () ->
                store.disks.build(
                    Digest.sha256(damaged), () -> new Verifying(damaged), Progress.NONE))
        .hasMessage("damaged on the way")
        .satisfies(e -> assertThat(e.getSuppressed()[0]).isInstanceOf(LayerException.class));
    store.assertHoldsOnly();
  }

  @Test
  void failingSource_isUnavailable() {
    LayerStore store = LayerStore.at(folder);
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("connection reset");
          }

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            return read();
          }
        };
    assertThatThrownBy(() -> store.disks.build(Digest.sha256("any"), () -> failing, Progress.NONE))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("connection reset");
    store.assertHoldsOnly();
  }

  @Test
  void hardLinkAcrossLayers_isMissingItsTargetInAFlatDiskToo() {
    LayerStore store = LayerStore.at(folder);
    assertThatThrownBy(
            () -> store.flatten(tar().file("a", "").end(), tar().link('1', "b", "a").end()))
        .asInstanceOf(type(LayerException.class))
        .extracting(LayerException::reason)
        .isEqualTo(Reason.MISSING_LINK_TARGET);
    store.assertHoldsOnly();
  }
}
