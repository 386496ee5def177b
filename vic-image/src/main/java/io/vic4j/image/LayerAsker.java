package io.vic4j.image;

import io.vic4j.storage.LayerDisk;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** Somebody who wants a layer's disk, and knows a source of it. See {@link LayerFetches}. */
interface LayerAsker {
  /** The registry of its source; empty if it has none, and then it is under no limit. */
  String registry();

  /** How urgent it is. */
  Priority priority();

  /** Opens the layer's blob. */
  InputStream open(LongConsumer progress);

  /**
   * Keeps the source open until {@link #release}, also if the asker gives up.
   *
   * @return false if that cannot be, for the source is somebody else's
   */
  boolean hold();

  /** Ends what {@link #hold} began. */
  void release();

  /** So many more bytes of the layer have come, whoever fetches it. */
  void advanced(long bytes);

  /** The disk is there. The last that is called. */
  void came(LayerDisk disk, long transferredBytes);

  /** It will not come; or the asker gave up. The last that is called. */
  void failed(RuntimeException failure);
}
