package io.vic4j.storage.vmdk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What comes next in a stream-optimized file, other than a grain.
 *
 * <p>Source: Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents", markers.
 */
enum Marker {
  END_OF_STREAM(0),
  GRAIN_TABLE(1),
  GRAIN_DIRECTORY(2),
  FOOTER(3);

  private final int type;

  Marker(int type) {
    this.type = type;
  }

  static Optional<Marker> of(int type) {
    for (Marker marker : values()) {
      if (marker.type == type) {
        return Optional.of(marker);
      }
    }
    return Optional.empty();
  }

  /** The marker's sector, saying that what it announces has this many. */
  ByteBuffer render(long sectors) {
    ByteBuffer out = ByteBuffer.allocate(SparseHeader.SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    // A size of 0 in second place is what tells it from a grain's.
    return out.putLong(sectors).putInt(0).putInt(type).rewind();
  }
}
