package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;
import java.util.List;
import java.util.Locale;

/**
 * A Linux signal.
 *
 * <p>Source: signal(7), "Standard signals" and "Real-time signals", the numbers of x86 and ARM.
 *
 * @param number 1 to 31, or 34 to 64 for the real-time signals
 */
public record Signal(int number) {
  // The index is the number; signal(7).
  private static final List<String> NAMES =
      List.of(
          "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
          "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
          "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  // The C library keeps 32 and 33 to itself; nptl(7).
  private static final int RTMIN = 34;
  private static final int RTMAX = 64;

  /** Hangs up: often "read your configuration again". */
  public static final Signal HUP = new Signal(1);

  /** Interrupts, as a terminal's Ctrl-C. */
  public static final Signal INT = new Signal(2);

  /** Ends at once; a process can neither trap nor ignore it. */
  public static final Signal KILL = new Signal(9);

  /** Asks to end: what stopping sends unless told otherwise. */
  public static final Signal TERM = new Signal(15);

  /** Checks that Linux has this signal and lets programs use it. */
  public Signal {
    if (number < 1 || (number >= NAMES.size() && number < RTMIN) || number > RTMAX) {
      throw new InvalidArgumentException("Linux has no signal " + number + " for programs");
    }
  }

  /**
   * Reads {@code SIGTERM}, {@code TERM}, {@code 15} or {@code SIGRTMIN+3}, in any case, as image
   * configs and people write them.
   *
   * @throws InvalidArgumentException if it is none
   */
  public static Signal parse(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    if (name.startsWith("SIG")) {
      name = name.substring(3);
    }
    int standard = NAMES.indexOf(name);
    if (standard > 0) {
      return new Signal(standard);
    }
    try {
      if (name.startsWith("RTMIN")) {
        return realTime(RTMIN + offset(name.substring(5)));
      }
      if (name.startsWith("RTMAX")) {
        return realTime(RTMAX + offset(name.substring(5)));
      }
      return new Signal(Integer.parseInt(name));
    } catch (NumberFormatException | InvalidArgumentException e) {
      throw new InvalidArgumentException(
          "not a signal: '" + text + "' (want a name such as SIGTERM or a number such as 15)", e);
    }
  }

  private static int offset(String text) {
    return text.isEmpty() ? 0 : Integer.parseInt(text);
  }

  private static Signal realTime(int number) {
    if (number < RTMIN) {
      throw new InvalidArgumentException(number + " is not a real-time signal");
    }
    return new Signal(number);
  }

  /** The name with its prefix: {@code SIGTERM}, {@code SIGRTMIN+3}. */
  public String name() {
    if (number < NAMES.size()) {
      return "SIG" + NAMES.get(number);
    }
    return number == RTMIN ? "SIGRTMIN" : "SIGRTMIN+" + (number - RTMIN);
  }

  /** The {@linkplain #name name}. */
  @Override
  public String toString() {
    return name();
  }
}
