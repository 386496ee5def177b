package io.vic4j.storage.vmdk;

import io.vic4j.core.datastore.DatastoreReader;

/** The content of a disk, where it may be known that parts of it are holes. */
interface DiskContent extends DatastoreReader {
  /**
   * The first place at or after {@code position} that may hold data; {@link #sizeBytes} if only
   * holes follow.
   */
  long nextData(long position);
}
