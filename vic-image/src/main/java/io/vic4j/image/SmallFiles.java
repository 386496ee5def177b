package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;

/** Reads files of metadata whole. */
final class SmallFiles {
  private SmallFiles() {}

  /**
   * The content of a file.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such file
   * @throws CorruptException if it is larger than metadata can be
   */
  static byte[] read(Datastore datastore, DatastorePath file) {
    try (DatastoreReader reader = datastore.open(file)) {
      if (reader.sizeBytes() > JsonFields.MAX_BYTES) {
        throw new CorruptException(
            "damaged: file '" + file + "' is too large: " + reader.sizeBytes() + " bytes", null);
      }
      ByteBuffer content = ByteBuffer.allocate((int) reader.sizeBytes());
      reader.read(0, content);
      return content.array();
    }
  }
}
