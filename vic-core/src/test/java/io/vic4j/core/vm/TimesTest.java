package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  @Property
  void eachInstant_isReadBack(
      @ForAll @LongRange(min = -70_000_000_000L, max = 300_000_000_000L) long seconds,
      @ForAll @IntRange(max = 999_999_999) int nanos) {
    for (int unit : new int[] {1, 1000, 1_000_000, 1_000_000_000}) {
      Instant time = Instant.ofEpochSecond(seconds, nanos / unit * (long) unit);
      assertThat(Times.parse(time.toString())).isEqualTo(time);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2024-02-29T23:59:59.1Z",
        "2024-12-31T23:59:60Z",
        "2024-12-31T24:00:00Z",
        "2024-02-29t10:00:00z",
        "+12024-02-29T10:00:00Z",
        "2024-02-29T10:00:00.Z",
        "2024-02-29T10:00:00+01:00"
      })
  void unusualText_isReadAsTheRuntimeDoes(String text) {
    Instant expected = null;
    try {
      expected = Instant.parse(text);
    } catch (DateTimeException e) {
      assertThatThrownBy(() -> Times.parse(text)).isInstanceOf(DateTimeException.class);
    }
    if (expected != null) {
      assertThat(Times.parse(text)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Z",
        "2023-02-29T10:00:00Z",
        "2024-13-01T10:00:00Z",
        "2024-02-29T10:60:00Z",
        "2024-02-29T10:00:00",
        "2024-02-29T10:00:00.1234567890Z",
        "2024-02-29T10:00:00.12x4Z",
        "2024-02-29T1x:00:00Z",
        "2024-02-29 10:00:00Z"
      })
  void otherText_isRefused(String text) {
    assertThatThrownBy(() -> Times.parse(text)).isInstanceOf(DateTimeException.class);
  }
}
