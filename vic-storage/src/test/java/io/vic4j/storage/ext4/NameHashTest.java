package io.vic4j.storage.ext4;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Names in ASCII, for which signed and unsigned bytes are the same: debugfs knows the signed hash
 * only. e2fsck and the kernel judge the others in {@link Ext4WriterTest}.
 */
class NameHashTest {
  private static final UUID SEED = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
  private static final UUID NO_SEED = new UUID(0, 0);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "ab",
        "abc",
        "abcd",
        "abcde",
        "Makefile",
        "exactly-thirty-two-bytes-of-name",
        "thirty-three-bytes-in-this-name-x",
        "a name of more than sixty-four bytes, so that three chunks of it must be hashed: here"
      })
  void hash_isThatOfE2fsprogs(String name) {
    assertThat(ours(name, NO_SEED)).isEqualTo(theirs(name));
    assertThat(ours(name, SEED)).isEqualTo(theirs("-s", SEED.toString(), name));
  }

  private static String ours(String name, UUID seed) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return String.format("0x%x", new NameHash(seed).of(bytes, 0, bytes.length));
  }

  private static String theirs(String... arguments) {
    String[] quoted = new String[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      quoted[i] = '"' + arguments[i] + '"';
    }
    String request = "dx_hash -h half_md4 " + String.join(" ", quoted);
    String answer = ForeignTool.named("debugfs").check("-R", request).text();
    return answer.replaceAll("(?s).* is (0x[0-9a-f]+).*", "$1");
  }
}
