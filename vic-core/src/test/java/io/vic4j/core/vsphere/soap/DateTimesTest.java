package io.vic4j.core.vsphere.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.Locale;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import javax.xml.datatype.DatatypeFactory;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DateTimesTest {
  @ParameterizedTest
  @CsvSource({
    "2024-02-29T23:59:59Z, 2024-02-29T23:59:59Z",
    "2024-02-29T23:59:59, 2024-02-29T23:59:59Z",
    "2026-11-25T14:20:16.522860549Z, 2026-11-25T14:20:16.522Z",
    "2026-11-25T14:20:16.5+02:00, 2026-11-25T12:20:16.5Z",
    "2026-11-25T14:20:16.05-05:30, 2026-11-25T19:50:16.05Z",
    "2026-11-25T14:20:16+14:00, 2026-11-25T00:20:16Z",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
    "1582-10-10T00:00:00Z, 1582-10-10T00:00:00Z",
    "1969-12-31T23:59:59.999Z, 1969-12-31T23:59:59.999Z",
    "2024-12-31T24:00:00Z, 2025-01-01T00:00:00Z",
    "2024-01-01T00:00:60Z, 2024-01-01T00:01:00Z",
    "12024-01-01T00:00:00Z, +12024-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z, 0000-01-01T00:00:00Z",
  })
  void times_areRead(String text, Instant expected) {
    assertThat(DateTimes.parse(text).toInstant()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "now",
        "2024-02-30T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-01T25:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00z",
        "2024-01-01T00:00:00+15:00",
        "2024-01-01T00:00:00+0100",
        "2024-01-01T00:00:00Zx",
        "2024-01-01T0a:00:00Z",
        "2024-01-01T",
      })
  void whatIsNoTime_isRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> DateTimes.parse(text));
  }

  @Property
  void handAndJdk_readTheSame(
      @ForAll @IntRange(min = 1, max = 9999) int year,
      @ForAll @IntRange(min = 1, max = 365) int dayOfYear,
      @ForAll @IntRange(max = 86_399) int second,
      @ForAll @IntRange(max = 999_999_999) int nanos,
      @ForAll @IntRange(min = -840, max = 840) int offset) {
    LocalDateTime local =
        LocalDate.of(year, 1, 1).plusDays(dayOfYear - 1).atStartOfDay().plusSeconds(second);
    String text =
        String.format(
            Locale.ROOT,
            "%s.%09d%s",
            local.format(DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss")),
            nanos,
            ZoneOffset.ofTotalSeconds(offset * 60).getId());
    Calendar expected =
        DatatypeFactory.newDefaultInstance().newXMLGregorianCalendar(text).toGregorianCalendar();
    Calendar time = DateTimes.parse(text);
    assertThat(time.getTimeInMillis()).isEqualTo(expected.getTimeInMillis());
    assertThat(time.getTimeZone().getRawOffset()).isEqualTo(expected.getTimeZone().getRawOffset());
    assertThat(time.get(Calendar.YEAR)).isEqualTo(expected.get(Calendar.YEAR));
    assertThat(time.get(Calendar.DAY_OF_YEAR)).isEqualTo(expected.get(Calendar.DAY_OF_YEAR));
  }

  @Test
  void times_areWrittenWithTheirOffset() {
    Instant instant = Instant.parse("2024-07-01T10:00:00.007Z");
    assertThat(DateTimes.format(calendar(instant, "UTC"))).isEqualTo("2024-07-01T10:00:00.007Z");
    assertThat(DateTimes.format(calendar(instant, "Europe/Berlin")))
        .isEqualTo("2024-07-01T12:00:00.007+02:00");
    assertThat(
            DateTimes.format(calendar(Instant.parse("2024-01-01T00:00:00Z"), "America/New_York")))
        .isEqualTo("2023-12-31T19:00:00-05:00");
    assertThat(DateTimes.format(calendar(Instant.parse("0000-01-01T00:00:00Z"), "UTC")))
        .isEqualTo("-0001-01-01T00:00:00Z");
  }

  @Test
  void offsetWithSeconds_isRoundedToUtc() {
    Calendar time = calendar(Instant.parse("1800-01-01T00:00:00Z"), "UTC");
    time.setTimeZone(new SimpleTimeZone((53 * 60 + 28) * 1000, "local mean time"));
    assertThat(DateTimes.format(time)).isEqualTo("1800-01-01T00:00:00Z");
  }

  @Test
  void calendarsThatWereRead_doNotShareState() {
    Calendar first = DateTimes.parse("2024-01-01T00:00:00Z");
    Calendar second = DateTimes.parse("2024-01-01T00:00:00Z");
    first.setTimeZone(TimeZone.getTimeZone("GMT+1"));
    first.add(Calendar.YEAR, 1);
    assertThat(second.toInstant()).isEqualTo(Instant.parse("2024-01-01T00:00:00Z"));
    assertThat(second.getTimeZone().getRawOffset()).isZero();
  }

  private static Calendar calendar(Instant instant, String zone) {
    return GregorianCalendar.from(instant.atZone(ZoneId.of(zone)));
  }
}
