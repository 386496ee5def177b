package io.vic4j.storage;

import io.vic4j.core.ProgressTask;
import io.vic4j.storage.ext4.Ext4Writer;

/** What is to be on a layer disk. */
interface LayerDiskContent {
  /**
   * What there is to say of it.
   *
   * @param rootImplied whether nobody gave the root its attributes
   */
  record Counts(long tarBytes, long entries, boolean rootImplied) {}

  /**
   * Puts it into an empty file system, which is finished then.
   *
   * @param implied is told of the directories that layers below may give attributes to
   */
  Counts writeTo(Ext4Writer fs, ImpliedList implied, ProgressTask task);
}
