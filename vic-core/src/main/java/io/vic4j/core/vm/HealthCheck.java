package io.vic4j.core.vm;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * How the guest finds out whether a session's process does its work: it runs a program beside it,
 * in its root and as its user, again and again. The first run comes one {@code interval} after the
 * process began. What comes of it is in {@link SessionStatus#health}; the guest does nothing else
 * about it. As Docker's {@code HEALTHCHECK}.
 *
 * @param argv the program and its arguments; well if it exits with 0
 * @param interval how long after one run has ended the next begins
 * @param timeout how long a run may take; one that takes longer is killed, and has failed
 * @param startPeriod how long after the process began failures do not count, as long as no run has
 *     succeeded
 * @param retries how many runs in a row must fail
 */
public record HealthCheck(
    List<String> argv, Duration interval, Duration timeout, Duration startPeriod, int retries) {
  /** How long after one run has ended the next begins, unless told otherwise: as Docker has it. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(30);

  /** How long a run may take, unless told otherwise: as Docker has it. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** How many runs in a row must fail, unless told otherwise: as Docker has it. */
  public static final int DEFAULT_RETRIES = 3;

  private static final String FIELD = "healthCheck";

  /**
   * Copies the list and checks all fields. Durations are whole milliseconds.
   *
   * @throws InvalidSpecException if there is no program, a duration is out of range, or there are
   *     no retries
   */
  public HealthCheck {
    argv = List.copyOf(argv);
    check(!argv.isEmpty() && !argv.get(0).isEmpty(), "argv", "there is no program to run");
    for (String argument : argv) {
      check(argument.indexOf('\0') < 0, "argv", "a NUL character cannot be passed to a process");
    }
    check(isTime(interval) && !interval.isZero(), "interval", wrongTime(interval));
    check(isTime(timeout) && !timeout.isZero(), "timeout", wrongTime(timeout));
    check(isTime(startPeriod), "startPeriod", wrongTime(startPeriod));
    check(retries >= 1, "retries", "want 1 or more, not " + retries);
  }

  /** Runs this program, with Docker's defaults for the rest and no start period. */
  public static HealthCheck of(String program, String... arguments) {
    return of(concat(program, arguments));
  }

  /** Runs this program, with Docker's defaults for the rest and no start period. */
  public static HealthCheck of(List<String> argv) {
    return new HealthCheck(argv, DEFAULT_INTERVAL, DEFAULT_TIMEOUT, Duration.ZERO, DEFAULT_RETRIES);
  }

  /** Has {@code /bin/sh -c} run this command line; else as {@link #of(List)}. */
  public static HealthCheck shell(String commandLine) {
    return of("/bin/sh", "-c", commandLine);
  }

  /** The same at another interval. */
  public HealthCheck withInterval(Duration other) {
    return new HealthCheck(argv, other, timeout, startPeriod, retries);
  }

  /** The same with another timeout. */
  public HealthCheck withTimeout(Duration other) {
    return new HealthCheck(argv, interval, other, startPeriod, retries);
  }

  /** The same with another start period. */
  public HealthCheck withStartPeriod(Duration other) {
    return new HealthCheck(argv, interval, timeout, other, retries);
  }

  /** The same with other retries. */
  public HealthCheck withRetries(int other) {
    return new HealthCheck(argv, interval, timeout, startPeriod, other);
  }

  private static List<String> concat(String first, String... rest) {
    return Stream.concat(Stream.of(first), Arrays.stream(rest)).toList();
  }

  private static boolean isTime(Duration duration) {
    return !duration.isNegative()
        && duration.toNanosPart() % 1_000_000 == 0
        && duration.compareTo(Duration.ofMillis(Long.MAX_VALUE)) <= 0;
  }

  private static String wrongTime(Duration duration) {
    return duration + " is no time to wait (want whole milliseconds)";
  }

  private static void check(boolean right, String field, String problem) {
    if (!right) {
      throw new InvalidSpecException(FIELD + "." + field, problem);
    }
  }
}
