package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/** What was given (a reference, a path, a layer, a specification) is not valid: mend the input. */
public class InvalidArgumentException extends VicException {
  /** An error with a message for people. */
  public InvalidArgumentException(String message) {
    this(message, null);
  }

  /** An error with a message for people and its cause. */
  public InvalidArgumentException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
