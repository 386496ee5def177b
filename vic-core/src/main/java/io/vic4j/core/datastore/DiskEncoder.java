package io.vic4j.core.datastore;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes the content of a disk in the form that {@link VirtualDisks} take: a stream-optimized VMDK,
 * as {@code io.vic4j.storage.vmdk.StreamOptimizedWriter} makes it.
 */
@FunctionalInterface
public interface DiskEncoder {
  /**
   * Writes all of {@code content}, past {@linkplain DatastoreReader#nextData its holes}. The same
   * content gives the same bytes however often this is called, for what was sent in part may have
   * to be sent again. Neither is closed.
   *
   * @throws IOException if {@code out} does
   * @throws io.vic4j.core.CancelledException if the thread is interrupted
   */
  void encode(DatastoreReader content, OutputStream out) throws IOException;
}
