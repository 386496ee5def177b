package io.vic4j.core;

import org.jspecify.annotations.Nullable;

/**
 * The calling thread was interrupted, or the request it waited for was closed. Whatever the call
 * had begun is rolled back. Where the cause is an interruption, the thread's interrupt status is
 * set when this is thrown.
 */
public final class CancelledException extends VicException {
  /** A cancelled piece of work. */
  public CancelledException(String message) {
    this(message, null);
  }

  /** A cancelled piece of work, and how that was noticed. */
  public CancelledException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * Throws if the current thread is interrupted, and leaves its interrupt status set. Loops over
   * data call this at least once every 128 KiB.
   *
   * @param work what is given up, for the message: {@code "build of layer disk sha256:…"}
   */
  public static void throwIfInterrupted(String work) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancelledException("cancelled: " + work);
    }
  }

  /**
   * As {@link #throwIfInterrupted(String)}, without putting words together for those who go on.
   *
   * @param work what is given up, such as {@code "build of layer disk"}
   * @param subject which one; stands behind it, with a space between
   */
  public static void throwIfInterrupted(String work, Object subject) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancelledException("cancelled: " + work + " " + subject);
    }
  }

  /** The error for a caught {@link InterruptedException}; sets the interrupt status again. */
  public static CancelledException from(InterruptedException cause, String work) {
    Thread.currentThread().interrupt();
    return new CancelledException("cancelled: " + work, cause);
  }
}
