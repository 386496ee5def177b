package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/** The other side wants other credentials, or grants these fewer rights: mend the credentials. */
public final class UnauthorizedException extends VicException {
  /** An error with a message for people. */
  public UnauthorizedException(String message) {
    this(message, null);
  }

  /** An error with a message for people and its cause. */
  public UnauthorizedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
