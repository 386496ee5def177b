package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/** What was asked for is understood, but not supported; the message names it. */
public final class UnsupportedException extends VicException {
  /** An error with a message for people. */
  public UnsupportedException(String message) {
    this(message, null);
  }

  /** An error with a message for people and its cause. */
  public UnsupportedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
