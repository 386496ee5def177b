package io.vic4j.storage.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.vic4j.core.CancelledException;
import io.vic4j.storage.tar.TarException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  private static TarEntry only(RawTar tar) throws IOException {
    TarReader reader = tar.read();
    assertThat(reader.next()).isTrue();
    TarEntry entry = reader.entry();
    reader.copyContent((position, piece) -> {});
    assertThat(reader.next()).isFalse();
    return entry;
  }

  private static int count(byte[] tar) throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    int count = 0;
    while (reader.next()) {
      count++;
    }
    return count;
  }

  private static void assertReason(ThrowingCallable call, Reason reason) {
    assertThatThrownBy(call)
        .asInstanceOf(type(TarException.class))
        .extracting(TarException::reason)
        .isEqualTo(reason);
  }

  @Test
  void fieldsOfVersion7_areRead() throws IOException {
    TarEntry entry =
        only(
            new RawTar()
                .add(
                    RawTar.header('\0', "a", 0)
                        .bytes(257, new byte[8])
                        .text(100, "  4755 \0")
                        .text(108, "    17 ")
                        .text(136, "7777777777 ")));
    assertThat(entry.type()).isEqualTo(TarEntry.Type.FILE);
    assertThat(entry.mode()).isEqualTo(04755);
    assertThat(entry.uid()).isEqualTo(017);
    assertThat(entry.modified()).isEqualTo(Instant.ofEpochSecond(07777777777));
  }

  @Test
  void fileWithASlashAtTheEnd_isADirectory() throws IOException {
    assertThat(only(new RawTar().add('\0', "d/")).type()).isEqualTo(TarEntry.Type.DIRECTORY);
  }

  @Test
  void prefixOfUstar_isJoined() throws IOException {
    assertThat(only(new RawTar().add(RawTar.header('0', "b", 0).text(345, "dir/a"))).name())
        .isEqualTo(ByteString.of("dir/a/b"));
  }

  @Test
  void timesInTheFieldsOfGnuTar_areNoPrefix() throws IOException {
    RawTar.Header header = RawTar.header('0', "b", 0).text(257, "ustar  \0").text(345, "12345");
    assertThat(only(new RawTar().add(header)).name()).isEqualTo(ByteString.of("b"));
  }

  @Test
  void timesInTheFieldsOfStar_areNoPrefix() throws IOException {
    RawTar.Header header =
        RawTar.header('0', "b", 0).text(345, "dir").text(476, "12345").text(508, "tar\0");
    assertThat(only(new RawTar().add(header)).name()).isEqualTo(ByteString.of("dir/b"));
  }

  @Test
  void nameWithoutTerminator_isReadInFull() throws IOException {
    String name = "n".repeat(100);
    assertThat(only(new RawTar().add('0', name)).name()).isEqualTo(ByteString.of(name));
  }

  @Test
  void binaryNumbers_areRead() throws IOException {
    TarEntry entry =
        only(
            new RawTar()
                .add(
                    RawTar.header('0', "f", 0)
                        .bytes(108, new byte[] {(byte) 0x80, 0, 0, 0, 1, 0, 0, 2})
                        .bytes(
                            136,
                            new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, (byte) 0xfb})));
    assertThat(entry.uid()).isEqualTo((1L << 24) + 2);
    assertThat(entry.modified()).isEqualTo(Instant.ofEpochSecond(-5));
  }

  @Test
  void binaryNumberOfMoreThan64Bits_isMalformed() {
    RawTar tar =
        new RawTar().add(RawTar.header('0', "f", 0).bytes(124, (byte) 0x80, (byte) 1, (byte) 1));
    assertReason(() -> tar.read().next(), Reason.MALFORMED);
  }

  @Test
  void checksumOfSignedBytes_isAccepted() throws IOException {
    byte[] tar = new RawTar().addSigned(RawTar.header('0', "\u00ff\u00fe", 0)).end();
    assertThat(count(tar)).isEqualTo(1);
  }

  @Test
  void wrongChecksum_isMalformed() {
    byte[] tar = new RawTar().add('0', "f").end();
    tar[0]++;
    assertReason(() -> count(tar), Reason.MALFORMED);
  }

  @Test
  void somethingElse_isMalformed() {
    assertReason(() -> count("<html>".repeat(100).getBytes(ISO_8859_1)), Reason.MALFORMED);
  }

  @Test
  void longNamesOfGnuTar_areRead() throws IOException {
    String name = "n".repeat(300);
    String target = "t".repeat(300);
    TarEntry entry =
        only(
            new RawTar()
                .entry('L', "././@LongLink", (name + "\0").getBytes(ISO_8859_1))
                .entry('K', "././@LongLink", (target + "\0").getBytes(ISO_8859_1))
                .link('2', "short", "short"));
    assertThat(entry.name()).isEqualTo(ByteString.of(name));
    assertThat(entry.linkTarget()).contains(ByteString.of(target));
  }

  @Test
  void globalHeader_holdsForAllEntriesUnlessALocalOneSaysElse() throws IOException {
    TarReader tar =
        new RawTar()
            .pax('g', "uid", "7", "mtime", "1.5")
            .add('0', "a")
            .pax('x', "uid", "8", "mtime", "")
            .add('0', "b")
            .add('0', "c")
            .read();
    assertThat(tar.next()).isTrue();
    assertThat(tar.entry().uid()).isEqualTo(7);
    assertThat(tar.entry().modified()).isEqualTo(Instant.ofEpochMilli(1500));
    assertThat(tar.next()).isTrue();
    assertThat(tar.entry().uid()).isEqualTo(8);
    assertThat(tar.entry().modified()).isEqualTo(Instant.EPOCH);
    assertThat(tar.next()).isTrue();
    assertThat(tar.entry().uid()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0,0",
    "1.5,1,500000000",
    "-1.5,-2,500000000",
    "-0.25,-1,750000000",
    "1.0000000019,1,1",
    "-1.0000000019,-2,999999998",
    ".5,0,500000000",
    "12.,12,0"
  })
  void paxTimes_areRead(String text, long seconds, long nanos) throws IOException {
    assertThat(only(new RawTar().pax('x', "mtime", text).add('0', "f")).modified())
        .isEqualTo(Instant.ofEpochSecond(seconds, nanos));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "5 a=b\n",
        "7 a=b\n",
        "6 a=bc",
        "6 ab\n ",
        "5 =b\n",
        "99999999999999999999 a=b\n",
        " a=b\n",
        "-6 a=b\n",
        "10 mtime=x\n",
        "9 uid=1x\n",
        "9 uid=+1\n",
        "11 size=-1\n",
        "10 path=\0\n"
      })
  void malformedPaxRecords_areMalformed(String records) {
    RawTar tar = new RawTar().entry('x', "pax", records.getBytes(ISO_8859_1)).add('0', "f");
    assertReason(() -> tar.read().next(), Reason.MALFORMED);
  }

  @Test
  void hugePaxHeader_isMalformed() {
    RawTar tar = new RawTar().add(RawTar.header('x', "pax", 1 << 30));
    assertReason(() -> tar.read().next(), Reason.MALFORMED);
  }

  @Test
  void paxSize_winsOverTheHeaders() throws IOException {
    TarReader tar =
        new RawTar()
            .pax('x', "size", "600")
            .add(RawTar.header('0', "f", 5))
            .content(new byte[600])
            .add('0', "g")
            .read();
    assertThat(tar.next()).isTrue();
    assertThat(tar.contentStream().readAllBytes()).hasSize(600);
    assertThat(tar.next()).isTrue();
    assertThat(tar.entry().name()).isEqualTo(ByteString.of("g"));
  }

  @Test
  void xattrsOfLibarchive_areRead() throws IOException {
    TarEntry entry =
        only(
            new RawTar()
                .pax('x', "LIBARCHIVE.xattr.user.a%3Db", "AP+A", "SCHILY.xattr.user.c", "\u0000ÿ\n")
                .add('0', "f"));
    assertThat(entry.xattrs())
        .containsEntry(
            ByteString.of("user.a=b"), ByteString.of(new byte[] {0, (byte) 0xff, (byte) 0x80}))
        .containsEntry(
            ByteString.of("user.c"), ByteString.of(new byte[] {0, (byte) 0xff, (byte) '\n'}));
  }

  @Test
  void sizeOfALink_isNoContent() throws IOException {
    TarReader tar =
        new RawTar()
            .add(RawTar.header('1', "l", 1000).text(157, "t"))
            .add(RawTar.header('5', "d", 1000))
            .add('0', "f")
            .read();
    assertThat(tar.next()).isTrue();
    assertThat(tar.next()).isTrue();
    assertThat(tar.next()).isTrue();
    assertThat(tar.entry().name()).isEqualTo(ByteString.of("f"));
  }

  @Test
  void unknownType_isHandedOnWithItsContent() throws IOException {
    TarReader tar = new RawTar().entry('Z', "z", new byte[700]).add('0', "f").read();
    assertThat(tar.next()).isTrue();
    assertThat(tar.entry().type()).isEqualTo(TarEntry.Type.OTHER);
    assertThat(tar.entry().typeFlag()).isEqualTo('Z');
    assertThat(tar.next()).isTrue();
    assertThat(tar.entry().name()).isEqualTo(ByteString.of("f"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0,10,5,10", "10,-1", "5", "0,x", "0,10,20,90", "9223372036854775807,10"})
  void malformedSparseMap_isMalformed(String map) {
    RawTar tar =
        new RawTar()
            .pax('x', "GNU.sparse.map", map, "GNU.sparse.size", "100")
            .entry('0', "f", new byte[20]);
    assertReason(() -> tar.read().next(), Reason.MALFORMED);
  }

  @Test
  void sparseMapThatDoesNotMatchTheStoredSize_isMalformed() {
    RawTar tar =
        new RawTar()
            .pax('x', "GNU.sparse.map", "0,10", "GNU.sparse.size", "100")
            .entry('0', "f", new byte[20]);
    assertReason(() -> tar.read().next(), Reason.MALFORMED);
  }

  @Test
  void endlessSparseMapInContent_isMalformed() {
    RawTar tar =
        new RawTar()
            .pax(
                'x', "GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.realsize", "100")
            .entry('0', "f", "999999999\n0\n0\n".getBytes(ISO_8859_1));
    assertReason(() -> tar.read().next(), Reason.MALFORMED);
  }

  @Test
  void loneBlockOfZeros_isTheEndOnlyIfNothingFollows() throws IOException {
    assertThat(count(new RawTar().add('0', "a").raw(new byte[512]).cut())).isEqualTo(1);
    assertReason(
        () -> count(new RawTar().add('0', "a").raw(new byte[512]).add('0', "b").end()),
        Reason.MALFORMED);
  }

  @Test
  void whatFollowsTheEnd_isIgnored() throws IOException {
    assertThat(count(new RawTar().add('0', "a").raw(new byte[1024]).raw((byte) 1).cut()))
        .isEqualTo(1);
  }

  @Test
  void noBytes_areAnEmptyArchive() throws IOException {
    assertThat(count(new byte[0])).isZero();
  }

  @Test
  void archiveCutAnywhere_isTruncatedUnlessAtTheEndOfAnEntry() throws IOException {
    byte[] whole =
        new RawTar()
            .pax('x', "uid", "70000")
            .file("a", "x".repeat(600))
            .entry('L', "././@LongLink", "long\0".getBytes(ISO_8859_1))
            .file("b", "")
            .cut();
    int endOfA = 512 * 3 + 600; // The last bytes of its padding are not missed.
    for (int length = 0; length <= whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      if (length == 0 || (length >= endOfA && length <= 512 * 5) || length == whole.length) {
        assertThat(count(cut))
            .as("%d bytes", length)
            .isEqualTo(length == 0 ? 0 : length < whole.length ? 1 : 2);
      } else {
        assertReason(() -> count(cut), Reason.TRUNCATED);
      }
    }
  }

  @Test
  void truncation_namesTheEntry() {
    byte[] tar = new RawTar().add(RawTar.header('0', "etc/big", 5000)).raw(new byte[700]).cut();
    assertThatThrownBy(() -> count(tar))
        .asInstanceOf(type(TarException.class))
        .satisfies(e -> assertThat(e.entry()).contains(ByteString.of("etc/big")))
        .satisfies(e -> assertThat(e).hasMessageContaining("4300 bytes are missing"));
  }

  @Test
  void interruptedThread_isCancelled() {
    TarReader tar = new RawTar().add('0', "a").read();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(tar::next).isInstanceOf(CancelledException.class);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
  }
}
