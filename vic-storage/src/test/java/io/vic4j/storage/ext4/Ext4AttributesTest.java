package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.Ext4Image.file;
import static io.vic4j.storage.ext4.Ext4Image.layer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ForeignTool;
import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Ext4AttributesTest {
  @TempDir Path folder;

  @Test
  void times_areKeptToTheNanosecondFrom1901To2446() {
    String[] times = {
      "1901-12-13T20:45:52.000000001Z",
      "1969-12-31T23:59:59.999999999Z",
      "1970-01-01T00:00:00Z",
      "2038-01-19T03:14:08.5Z",
      "2106-02-07T06:28:16Z",
      "2446-05-10T22:38:55.999999999Z"
    };

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              for (int i = 0; i < times.length; i++) {
                w.beginFile(
                    w.root(),
                    bytes("f" + i),
                    Ext4Attributes.of(0644, 0, 0, Instant.parse(times[i])));
                w.endFile();
              }
            });

    Ext4Judge.mounted(
        image,
        root -> {
          for (int i = 0; i < times.length; i++) {
            Instant time = Instant.parse(times[i]);
            String expected =
                BigDecimal.valueOf(time.getEpochSecond())
                    .add(BigDecimal.valueOf(time.getNano(), 9))
                    .toPlainString();
            assertThat(stat(root, "f" + i, "%.9Y")).isEqualTo(expected);
          }
        });
  }

  @Test
  void theFourTimes_areKeptApart() {
    Instant[] times = new Instant[4];
    for (int i = 0; i < 4; i++) {
      times[i] = Instant.ofEpochSecond(1_600_000_000L + i, 100 + i);
    }
    Ext4Attributes given =
        new Ext4Attributes(0600, 0, 0, times[0], times[1], times[2], times[3], Ext4Xattrs.none());

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              int node = w.beginFile(w.root(), bytes("f"), given);
              w.endFile();
              assertThat(w.attributes(node)).isEqualTo(given);
            });

    Ext4Judge.mounted(
        image,
        root ->
            assertThat(stat(root, "f", "%.9Y %.9X %.9Z %.9W"))
                .isEqualTo(
                    "1600000000.000000100 1600000001.000000101"
                        + " 1600000002.000000102 1600000003.000000103"));
  }

  @Test
  void owners_have32Bits_andModesAllTheirBits() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              w.beginFile(
                  w.root(),
                  bytes("f"),
                  Ext4Attributes.of(07755, 4_294_967_294L, 70_000, Ext4Image.TIME));
              w.endFile();
            });

    Ext4Judge.mounted(
        image, root -> assertThat(stat(root, "f", "%a %u %g")).isEqualTo("7755 4294967294 70000"));
  }

  @Test
  void attributesOfADirectory_canComeLater() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              int d = w.makeDirectory(w.root(), bytes("d"), Ext4Image.DIRECTORY);
              file(w, d, "f", bytes("x"));
              w.setAttributes(d, Ext4Attributes.of(01777, 7, 8, Ext4Image.TIME));
              w.setAttributes(w.root(), Ext4Attributes.of(0700, 9, 10, Ext4Image.TIME));
            });

    Ext4Judge.mounted(
        image,
        root -> {
          assertThat(stat(root, "d", "%a %u %g")).isEqualTo("1777 7 8");
          assertThat(stat(root, ".", "%a %u %g")).isEqualTo("700 9 10");
        });
  }

  private static String stat(Path root, String name, String format) {
    return ForeignTool.named("stat").check("-c", format, root.resolve(name)).text().trim();
  }

  @Test
  void timeOutOfRange_isRefused() {
    assertLimit(
        Limit.TIME,
        () -> Ext4Attributes.of(0, 0, 0, Instant.parse("1901-12-13T20:45:51.999999999Z")));
    assertLimit(
        Limit.TIME, () -> Ext4Attributes.of(0, 0, 0, Instant.parse("2446-05-10T22:38:56Z")));
  }

  @Test
  void ownerOutOfRange_isRefused() {
    assertLimit(
        Limit.PERMISSIONS_AND_OWNER, () -> Ext4Attributes.of(0, 1L << 32, 0, Instant.EPOCH));
    assertLimit(Limit.PERMISSIONS_AND_OWNER, () -> Ext4Attributes.of(0, 0, -1, Instant.EPOCH));
  }

  @Test
  void permissionsBeyondTwelveBits_areRefused() {
    assertLimit(Limit.PERMISSIONS_AND_OWNER, () -> Ext4Attributes.of(0100644, 0, 0, Instant.EPOCH));
  }

  static void assertLimit(Limit limit, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Ext4LimitException.class, e -> assertThat(e.limit()).isEqualTo(limit));
  }
}
