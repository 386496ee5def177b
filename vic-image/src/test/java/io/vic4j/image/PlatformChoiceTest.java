package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.Platform;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformChoiceTest {
  private static String entry(String platform, String more) {
    String[] parts = platform.split("/");
    String variant = parts.length > 2 ? ",\"variant\":\"" + parts[2] + "\"" : "";
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":1,\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\"%s}%s}"
        .formatted(
            MediaTypes.OCI_MANIFEST, Digest.sha256(platform), parts[0], parts[1], variant, more);
  }

  private static Optional<Digest> choose(String wanted, String... offered) {
    String[] entries = new String[offered.length];
    for (int i = 0; i < offered.length; i++) {
      entries[i] = entry(offered[i], "");
    }
    return PlatformChoice.best(Platform.parse(wanted), ImageIndex.parse(SampleImage.index(entries)))
        .map(entry -> entry.descriptor().digest());
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/arm64 linux/amd64, linux/amd64",
    "linux/arm/v7, linux/arm/v5 linux/arm/v6 linux/arm/v7, linux/arm/v7",
    "linux/arm/v7, linux/arm/v5 linux/arm/v6 linux/arm/v8, linux/arm/v6",
    "linux/arm/v6, linux/arm/v5 linux/arm/v7, linux/arm/v5",
    "linux/arm, linux/arm/v5 linux/arm/v7 linux/arm/v6, linux/arm/v7",
    "linux/arm64, linux/arm64/v9 linux/arm64/v8, linux/arm64/v8",
    "linux/arm64/v9, linux/arm64, linux/arm64",
    "linux/amd64, linux/amd64/v3 linux/amd64/v2, linux/amd64/v2",
    "linux/amd64/v2, linux/amd64/v3 linux/amd64, linux/amd64",
    "linux/amd64, windows/amd64 linux/amd64 linux/amd64, linux/amd64",
  })
  void best_isTheHighestThatRuns(String wanted, String offered, String best) {
    assertThat(choose(wanted, offered.split(" "))).contains(Digest.sha256(best));
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, windows/amd64 linux/arm64",
    "linux/arm/v5, linux/arm/v6 linux/arm/v7",
    "linux/amd64, unknown/unknown",
    "linux/riscv64, linux/amd64",
  })
  void nothingThatRuns_isEmpty(String wanted, String offered) {
    assertThat(choose(wanted, offered.split(" "))).isEmpty();
  }

  @Test
  void attestation_isNeverChosen() {
    ImageIndex index =
        ImageIndex.parse(
            SampleImage.index(
                entry(
                    "linux/amd64",
                    ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}")));

    assertThat(PlatformChoice.best(Platform.LINUX_AMD64, index)).isEmpty();
  }
}
