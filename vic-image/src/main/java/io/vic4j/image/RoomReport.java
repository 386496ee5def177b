package io.vic4j.image;

import java.util.List;

/**
 * What {@link ImageStore#makeRoom} did, or would do.
 *
 * @param bytesBefore what all layer disks, as machines see them, and kept blobs had together
 * @param bytesAfter what they have now
 * @param evicted the uses that were taken out of their scopes, the least recently used first
 * @param collected what is gone
 */
public record RoomReport(
    long bytesBefore, long bytesAfter, List<ScopedImage> evicted, CollectedImages collected) {
  /** Copies the list. */
  public RoomReport {
    evicted = List.copyOf(evicted);
  }
}
