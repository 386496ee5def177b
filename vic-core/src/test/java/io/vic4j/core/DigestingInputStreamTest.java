package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DigestingInputStreamTest {
  @Property(tries = 200)
  void whateverTheReads_theDigestIsThatOfAll(
      @ForAll byte[] content, @ForAll @IntRange(min = 1, max = 17) int chunk) throws IOException {
    try (DigestingInputStream in =
        new DigestingInputStream(new ByteArrayInputStream(content), Digest.Algorithm.SHA256)) {
      byte[] buffer = new byte[chunk];
      while (in.read(buffer, 0, chunk) >= 0) {
        in.read();
        in.skip(chunk / 2);
      }
      assertThat(in.count()).isEqualTo(content.length);
      assertThat(in.digest()).isEqualTo(Digest.sha256(content));
    }
  }

  @Test
  void skip_pastTheEnd_saysHowMuchWasThere() throws IOException {
    try (DigestingInputStream in =
        new DigestingInputStream(
            new ByteArrayInputStream(new byte[100_000]), Digest.Algorithm.SHA256)) {
      assertThat(in.skip(200_000)).isEqualTo(100_000);
      assertThat(in.digest()).isEqualTo(Digest.sha256(new byte[100_000]));
    }
  }
}
