package io.vic4j.core.vsphere;

import io.vic4j.core.UnavailableException;
import org.jspecify.annotations.Nullable;

/** The connection failed before there was an answer, or in the middle of it. */
final class BrokenConnectionException extends UnavailableException {
  private final boolean sent;

  /**
   * A broken connection.
   *
   * @param sent whether the server may have done what was asked of it
   */
  BrokenConnectionException(String message, boolean sent, @Nullable Throwable cause) {
    super(message, cause);
    this.sent = sent;
  }

  /** Whether the server may have done what was asked of it. */
  boolean sent() {
    return sent;
  }
}
