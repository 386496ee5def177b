package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/**
 * The root of what this library throws when the world, not the program, is at fault.
 *
 * <p>There is one subclass for each thing a caller can do about a failure; a misuse of the API is
 * an {@link IllegalArgumentException} or {@link IllegalStateException} instead. The message says
 * what was asked, what was found and what to do; what a program may want to act on is also there as
 * a typed accessor.
 */
public abstract class VicException extends RuntimeException {
  /** For subclasses: a message for people and, where there is one, the cause. */
  protected VicException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
