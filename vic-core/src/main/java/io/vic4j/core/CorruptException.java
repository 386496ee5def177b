package io.vic4j.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Bytes are not what they are said to be: fetch them again, or distrust their source. */
public final class CorruptException extends VicException {
  private final @Nullable Digest expected;
  private final @Nullable Digest actual;

  /** Bytes that cannot be what they should be, and why. */
  public CorruptException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.expected = null;
    this.actual = null;
  }

  private CorruptException(String message, Digest expected, Digest actual) {
    super(message, null);
    this.expected = expected;
    this.actual = actual;
  }

  /**
   * Bytes with another digest than the one that was promised.
   *
   * @param what the bytes, such as {@code "layer sha256:… of registry.example/app:1"}
   */
  public static CorruptException digestMismatch(String what, Digest expected, Digest actual) {
    return new CorruptException(
        what + " is corrupt: expected " + expected + ", got " + actual, expected, actual);
  }

  /** The digest that was promised, where the damage was found by digest. */
  public Optional<Digest> expected() {
    return Optional.ofNullable(expected);
  }

  /** The digest that was found, where the damage was found by digest. */
  public Optional<Digest> actual() {
    return Optional.ofNullable(actual);
  }
}
