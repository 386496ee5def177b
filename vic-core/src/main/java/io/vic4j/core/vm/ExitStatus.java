package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;
import java.util.OptionalInt;

/**
 * How a process ended: by itself with a code, by a signal, or nobody knows. A process that exits
 * with 137 is not the same as one that was killed.
 */
public sealed interface ExitStatus {
  /**
   * It ended by itself.
   *
   * @param code its exit code, 0 to 255; 127 and 126 also where its program was not found or could
   *     not be executed
   */
  record Exited(int code) implements ExitStatus {
    /** Checks that it is an exit code. */
    public Exited {
      if (code < 0 || code > 255) {
        throw new InvalidArgumentException("an exit code is 0 to 255, not " + code);
      }
    }

    @Override
    public String toString() {
      return "exited with " + code;
    }
  }

  /**
   * A signal ended it.
   *
   * @param signal which one
   */
  record Signalled(Signal signal) implements ExitStatus {
    @Override
    public String toString() {
      return "killed by " + signal;
    }
  }

  /**
   * It is over, and the guest has not said how: its VM lost its power, or it vanished.
   *
   * @param reason what is known, for people
   */
  record Unknown(String reason) implements ExitStatus {
    @Override
    public String toString() {
      return "unknown: " + reason;
    }
  }

  /** It ended by itself with this code. */
  static ExitStatus exited(int code) {
    return new Exited(code);
  }

  /** This signal ended it. */
  static ExitStatus signalled(Signal signal) {
    return new Signalled(signal);
  }

  /** Nobody knows how it ended; the reason is for people. */
  static ExitStatus unknown(String reason) {
    return new Unknown(reason);
  }

  /** Whether it ended by itself with code 0. */
  default boolean isSuccess() {
    return this instanceof Exited exited && exited.code() == 0;
  }

  /** The one number that a shell would show: the code, or 128 and the signal's number. */
  default OptionalInt shellCode() {
    if (this instanceof Exited exited) {
      return OptionalInt.of(exited.code());
    }
    if (this instanceof Signalled signalled) {
      return OptionalInt.of(128 + signalled.signal().number());
    }
    return OptionalInt.empty();
  }
}
