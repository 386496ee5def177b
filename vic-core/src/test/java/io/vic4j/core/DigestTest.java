package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTest {
  // FIPS 180-4, the digest of the empty message.
  private static final String EMPTY_SHA256 =
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @Test
  void sha256_ofNothing_isTheKnownValue() {
    assertThat(Digest.sha256(new byte[0])).hasToString(EMPTY_SHA256);
  }

  @Test
  void parse_givesBackWhatToStringWrote() {
    assertThat(Digest.parse(EMPTY_SHA256)).isEqualTo(Digest.sha256(""));
  }

  @Test
  void sha512_isRead() {
    Digest digest = Digest.parse("sha512:" + "0a".repeat(64));
    assertThat(digest.algorithm()).isEqualTo(Digest.Algorithm.SHA512);
    assertThat(digest.bytes()).hasSize(64);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha256",
        "sha256:",
        "sha256:zz",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
      })
  void parse_ofWhatIsNoDigest_saysSo(String text) {
    assertThatThrownBy(() -> Digest.parse(text))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("not a digest");
  }

  @Property
  void bytesAndHexAgree(@ForAll byte[] content) {
    Digest digest = Digest.sha256(content);
    assertThat(new java.math.BigInteger(1, digest.bytes()))
        .isEqualTo(new java.math.BigInteger(digest.hex(), 16));
  }
}
