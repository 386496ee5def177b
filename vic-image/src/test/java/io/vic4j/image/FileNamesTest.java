package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.datastore.DatastorePath;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class FileNamesTest {
  @Test
  void reference_staysReadable() {
    assertThat(FileNames.escape("docker.io/library/debian:12-Slim"))
        .isEqualTo("docker.io+library+debian,12-~53lim");
  }

  @Property(tries = 500)
  void shortName_canBeReadBack(@ForAll @StringLength(min = 1, max = 50) String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    String escaped = FileNames.escape(name);

    if (!escaped.startsWith("~~")) {
      assertThat(unescape(escaped)).isEqualTo(utf8);
    }
  }

  @Property(tries = 500)
  void names_areNamesOfFilesInLowerCase(@ForAll @StringLength(min = 1, max = 400) String name) {
    String escaped = FileNames.escape(name) + "@1.json";

    assertThat(DatastorePath.parse(escaped).names()).hasSize(1);
    assertThat(escaped).isEqualTo(escaped.toLowerCase(Locale.ROOT)).hasSizeLessThan(255);
  }

  @Property(tries = 500)
  void differentNames_areDifferentFiles(
      @ForAll @StringLength(min = 1, max = 300) String one,
      @ForAll @StringLength(min = 1, max = 300) String other) {
    boolean same =
        Arrays.equals(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));

    assertThat(FileNames.escape(one).equals(FileNames.escape(other))).isEqualTo(same);
  }

  private static byte[] unescape(String escaped) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '~') {
        bytes.write(Integer.parseInt(escaped.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(c == '+' ? '/' : c == ',' ? ':' : c);
      }
    }
    return bytes.toByteArray();
  }
}
