package io.vic4j.core.vsphere.soap;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.TimeZone;
import javax.xml.datatype.DatatypeConstants;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import org.jspecify.annotations.Nullable;

/**
 * The lexical form of {@code xsd:dateTime} (XML Schema Part 2, section 3.2.7), to milliseconds. The
 * common shape is read by hand; years of more digits, years before the first, and 24:00:00 are left
 * to the JDK. A time without an offset counts as UTC.
 */
final class DateTimes {
  /** Without the Julian calendar before 1582, as XML Schema has it; never changed. */
  private static final GregorianCalendar EPOCH =
      GregorianCalendar.from(Instant.EPOCH.atZone(ZoneOffset.UTC));

  private static final int MINUTES_OF_A_DAY = 24 * 60;

  private DateTimes() {}

  /**
   * Reads a time.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Calendar parse(String text) {
    Calendar calendar = common(text);
    return calendar == null ? any(text) : calendar;
  }

  private static @Nullable Calendar common(String text) {
    int length = text.length();
    if (length < 19
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || text.charAt(10) != 'T'
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return null;
    }
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 2);
    int day = digits(text, 8, 2);
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    int second = digits(text, 17, 2);
    if (year < 1
        || month < 1
        || month > 12
        || day < 1
        || (day > 28 && day > LocalDate.of(year, month, 1).lengthOfMonth())
        || hour < 0
        || hour > 23
        || minute < 0
        || minute > 59
        || second < 0
        || second > 59) {
      return null;
    }
    int at = 19;
    int millis = 0;
    if (at < length && text.charAt(at) == '.') {
      int weight = 100;
      int first = ++at;
      for (; at < length && isDigit(text.charAt(at)); at++) {
        millis += weight * (text.charAt(at) - '0');
        weight /= 10;
      }
      if (at == first) {
        return null;
      }
    }
    int offset = offsetMinutes(text, at);
    if (offset == MINUTES_OF_A_DAY) {
      return null;
    }
    long seconds =
        LocalDate.of(year, month, day).toEpochDay() * 86_400
            + hour * 3600L
            + minute * 60L
            + second
            - offset * 60L;
    return calendar(seconds * 1000 + millis, zone(offset));
  }

  /** Minutes east of Greenwich; as many as a day has, if there stands something else. */
  private static int offsetMinutes(String text, int at) {
    int left = text.length() - at;
    if (left == 0 || (left == 1 && text.charAt(at) == 'Z')) {
      return 0;
    }
    char sign = text.charAt(at);
    if (left != 6 || (sign != '+' && sign != '-') || text.charAt(at + 3) != ':') {
      return MINUTES_OF_A_DAY;
    }
    int hours = digits(text, at + 1, 2);
    int minutes = digits(text, at + 4, 2);
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) {
      return MINUTES_OF_A_DAY;
    }
    return sign == '-' ? -(hours * 60 + minutes) : hours * 60 + minutes;
  }

  private static int digits(String text, int from, int count) {
    int value = 0;
    for (int i = from; i < from + count; i++) {
      char c = text.charAt(i);
      if (!isDigit(c)) {
        return -1;
      }
      value = value * 10 + c - '0';
    }
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static Calendar any(String text) {
    XMLGregorianCalendar time = DatatypeFactory.newDefaultInstance().newXMLGregorianCalendar(text);
    if (time.getTimezone() == DatatypeConstants.FIELD_UNDEFINED) {
      time.setTimezone(0);
    }
    return calendar(time.toGregorianCalendar().getTimeInMillis(), zone(time.getTimezone()));
  }

  private static Calendar calendar(long millis, TimeZone zone) {
    GregorianCalendar calendar = (GregorianCalendar) EPOCH.clone();
    calendar.setTimeZone(zone);
    calendar.setTimeInMillis(millis);
    return calendar;
  }

  private static TimeZone zone(int minutes) {
    return TimeZone.getTimeZone(ZoneOffset.ofTotalSeconds(minutes * 60));
  }

  /** Writes a time with its own offset, which is rounded to UTC where it has seconds. */
  static String format(Calendar calendar) {
    long millis = calendar.getTimeInMillis();
    int offset = calendar.getTimeZone().getOffset(millis) / 1000;
    OffsetDateTime time =
        Instant.ofEpochMilli(millis)
            .atOffset(ZoneOffset.ofTotalSeconds(offset % 60 == 0 ? offset : 0));
    StringBuilder text = new StringBuilder(29);
    // There is no year 0: the year before 1 is -1.
    int year = time.getYear();
    if (year <= 0) {
      text.append('-');
      year = 1 - year;
    }
    pad(text, year, 4).append('-');
    pad(text, time.getMonthValue(), 2).append('-');
    pad(text, time.getDayOfMonth(), 2).append('T');
    pad(text, time.getHour(), 2).append(':');
    pad(text, time.getMinute(), 2).append(':');
    pad(text, time.getSecond(), 2);
    if (time.getNano() != 0) {
      pad(text.append('.'), time.getNano() / 1_000_000, 3);
    }
    return text.append(time.getOffset().getId()).toString();
  }

  private static StringBuilder pad(StringBuilder text, int number, int width) {
    String digits = Integer.toString(number);
    return text.append("0".repeat(Math.max(0, width - digits.length()))).append(digits);
  }
}
