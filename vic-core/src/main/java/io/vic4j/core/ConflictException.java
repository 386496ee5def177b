package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/** Somebody else changed the same thing first: look at it again, then retry. */
public class ConflictException extends VicException {
  /** An error with a message for people. */
  public ConflictException(String message) {
    this(message, null);
  }

  /** An error with a message for people and its cause. */
  public ConflictException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
