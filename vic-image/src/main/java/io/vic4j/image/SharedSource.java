package io.vic4j.image;

import io.vic4j.core.VicException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A source that is closed when the last who holds it lets go. Thread-safe. */
final class SharedSource {
  private static final Logger log = LoggerFactory.getLogger(SharedSource.class);

  private final ImageSource source;
  private final boolean ours;
  private int holders = 1;

  /**
   * Held by who makes this.
   *
   * @param ours whether it is to be closed at all, and may be held by others
   */
  SharedSource(ImageSource source, boolean ours) {
    this.source = source;
    this.ours = ours;
  }

  ImageSource source() {
    return source;
  }

  /** Holds the source; false if it is somebody else's to close. */
  synchronized boolean hold() {
    if (ours) {
      holders++;
    }
    return ours;
  }

  void release() {
    synchronized (this) {
      holders--;
      if (holders > 0 || !ours) {
        return;
      }
    }
    try {
      source.close();
    } catch (VicException e) {
      log.warn("could not close {}", source.name(), e);
    }
  }
}
