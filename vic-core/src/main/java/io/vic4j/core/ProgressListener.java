package io.vic4j.core;

/**
 * Hears how far long work is. Called on the threads that do the work, so it must be quick and
 * thread-safe; what it throws is logged and breaks nothing.
 */
@FunctionalInterface
public interface ProgressListener {
  /** A task began, advanced or ended. */
  void onProgress(ProgressEvent event);
}
