package io.vic4j.image;

import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import java.util.List;

/**
 * What {@link ImageService#repair} came to.
 *
 * @param found what was damaged
 * @param quarantined where the damaged entries were put
 * @param repaired the images that were fetched again
 * @param left the images that are still damaged
 */
public record RepairReport(
    StoreReport found, List<DatastorePath> quarantined, List<Repaired> repaired, List<Left> left) {
  /** Copies the lists. */
  public RepairReport {
    quarantined = List.copyOf(quarantined);
    repaired = List.copyOf(repaired);
    left = List.copyOf(left);
  }

  /**
   * An image of a scope that is whole again.
   *
   * @param use what the scope calls it
   * @param transferredBytes how much of it was fetched
   */
  public record Repaired(ScopedImage use, long transferredBytes) {}

  /** An image of a scope that could not be fetched again. */
  public record Left(ScopedImage use, VicException reason) {}

  /** Whether all that scopes have is whole now. */
  public boolean isWhole() {
    return left.isEmpty();
  }
}
