package io.vic4j.image.registry;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request failed for a reason that may pass: {@link Attempts} decides whether to go on. */
final class TransientException extends IOException {
  /** Whether there was not even a connection. */
  private final boolean unreachable;

  private final @Nullable Duration retryAfter;

  private TransientException(
      String message,
      boolean unreachable,
      @Nullable Duration retryAfter,
      @Nullable Throwable cause) {
    super(message, cause);
    this.unreachable = unreachable;
    this.retryAfter = retryAfter;
  }

  /** A connection that broke, or an answer that did not come. */
  static TransientException broken(String message, @Nullable Throwable cause) {
    return new TransientException(message, false, null, cause);
  }

  /** A host that no connection could be made to. */
  static TransientException unreachable(String message, Throwable cause) {
    return new TransientException(message, true, null, cause);
  }

  /** An answer that says to try again later, and perhaps when. */
  static TransientException refused(String message, @Nullable Duration retryAfter) {
    return new TransientException(message, false, retryAfter, null);
  }

  boolean isUnreachable() {
    return unreachable;
  }

  @Nullable Duration retryAfter() {
    return retryAfter;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
