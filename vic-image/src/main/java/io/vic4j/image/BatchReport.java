package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.VicException;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of a batch.
 *
 * @param come the entries whose images are here, in the batch's order
 * @param failed the entries whose images are not, or not as their sources have them now
 * @param removed the names that were taken away, sorted
 */
public record BatchReport(List<Come> come, List<Failed> failed, List<ImageReference> removed) {
  /** Copies the lists. */
  public BatchReport {
    come = List.copyOf(come);
    failed = List.copyOf(failed);
    removed = List.copyOf(removed);
  }

  /**
   * An image that is here.
   *
   * @param changed whether its names stood for nothing or for something else before
   */
  public record Come(ImageBatch.Entry entry, PullResult result, boolean changed) {}

  /** An image that did not come. */
  public record Failed(ImageBatch.Entry entry, VicException reason) {}

  /** Whether everything is as the batch says. */
  public boolean isInStep() {
    return failed.isEmpty();
  }

  /** The entries that brought something new. */
  public List<ImageBatch.Entry> changed() {
    List<ImageBatch.Entry> changed = new ArrayList<>();
    for (Come entry : come) {
      if (entry.changed()) {
        changed.add(entry.entry());
      }
    }
    return changed;
  }
}
