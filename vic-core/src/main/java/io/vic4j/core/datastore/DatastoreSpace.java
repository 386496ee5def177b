package io.vic4j.core.datastore;

/**
 * How much a {@link Datastore} holds, as it was a moment ago.
 *
 * @param capacityBytes how much it can hold in all
 * @param freeBytes how much of that is not taken yet; others take from it, too
 */
public record DatastoreSpace(long capacityBytes, long freeBytes) {
  /** Checks that there is not more free than there is. */
  public DatastoreSpace {
    if (freeBytes < 0 || freeBytes > capacityBytes) {
      throw new IllegalArgumentException(freeBytes + " bytes free of " + capacityBytes + " in all");
    }
  }
}
