package io.vic4j.testkit;

import org.jspecify.annotations.Nullable;

/** Ends what a guest is at whose VM has lost its power, or is no more. */
final class PowerLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  PowerLostException(String id, @Nullable Throwable cause) {
    super("VM " + id + " has lost its power", cause);
  }
}
