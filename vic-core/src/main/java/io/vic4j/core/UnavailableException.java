package io.vic4j.core;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The other side cannot answer now; the same call may succeed later. */
public class UnavailableException extends VicException {
  private final @Nullable Duration retryAfter;

  /** A failure that may pass, and its cause where there is one. */
  public UnavailableException(String message, @Nullable Throwable cause) {
    this(message, null, cause);
  }

  /** A failure that may pass, and when the other side asked to be called again. */
  public UnavailableException(
      String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  /** How long the other side asked to be left alone, where it said so. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
