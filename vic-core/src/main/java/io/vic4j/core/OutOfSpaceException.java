package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/** A datastore is full: free some space there, then retry. What was being written is gone. */
public final class OutOfSpaceException extends UnavailableException {
  /** A full datastore, and how that was noticed. */
  public OutOfSpaceException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
