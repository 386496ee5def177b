package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "linux/x86_64, linux/amd64",
    "linux/aarch64, linux/arm64",
    "linux/arm64/v8, linux/arm64",
    "linux/arm/v7, linux/arm/v7",
  })
  void parse_usesTheNamesOfRegistries(String text, String normal) {
    assertThat(Platform.parse(text)).hasToString(normal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "linux", "linux/", "/amd64", "linux/amd64/v1/x", "Linux/amd64"})
  void parse_ofWhatIsNoPlatform_saysSo(String text) {
    assertThatThrownBy(() -> Platform.parse(text))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("not a platform");
  }

  @Test
  void accepts_withoutVariant_takesAnyVariant() {
    assertThat(Platform.parse("linux/arm").accepts(Platform.parse("linux/arm/v7"))).isTrue();
    assertThat(Platform.parse("linux/arm/v6").accepts(Platform.parse("linux/arm/v7"))).isFalse();
    assertThat(Platform.LINUX_AMD64.accepts(Platform.parse("linux/arm64"))).isFalse();
  }
}
