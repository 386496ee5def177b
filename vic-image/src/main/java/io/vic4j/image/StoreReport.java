package io.vic4j.image;

import io.vic4j.core.Digest;
import java.util.List;

/**
 * What {@link ImageStore#verify} found.
 *
 * @param images how many images' metadata was read and compared with its digests
 * @param layers how many layer disks were read and compared with their checksums
 * @param unchecked layer disks that have no checksum, sorted: the datastore answers for them
 * @param damaged what is damaged or missing, sorted by place
 */
public record StoreReport(
    int images, int layers, List<Digest> unchecked, List<DamagedEntry> damaged) {
  /** Copies the lists. */
  public StoreReport {
    unchecked = List.copyOf(unchecked);
    damaged = List.copyOf(damaged);
  }

  /** Whether nothing is damaged. */
  public boolean isWhole() {
    return damaged.isEmpty();
  }
}
