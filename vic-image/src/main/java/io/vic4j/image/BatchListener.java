package io.vic4j.image;

import io.vic4j.core.VicException;

/** Hears what came of each look at a file that {@link Images#keepInStep} keeps in step with. */
public interface BatchListener {
  /** A look ended; images may have failed. */
  void looked(BatchReport report);

  /** The file could not be read; all stays as it is. */
  void unreadable(VicException reason);
}
