package io.vic4j.core.vsphere;

import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DiskEncoder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A disk in the form in which it is sent, in a temporary file: the length must be known before it
 * is sent, and what was sent in part may have to be sent again.
 */
final class EncodedDisk implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EncodedDisk.class);

  private final Path file;
  private final long sizeBytes;

  private EncodedDisk(Path file, long sizeBytes) {
    this.file = file;
    this.sizeBytes = sizeBytes;
  }

  static EncodedDisk of(DatastoreReader content, DiskEncoder encoder) {
    Path file = null;
    boolean done = false;
    try {
      file = Files.createTempFile("vic-disk-", ".vmdk");
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 17)) {
        encoder.encode(content, out);
      }
      EncodedDisk disk = new EncodedDisk(file, Files.size(file));
      done = true;
      return disk;
    } catch (IOException e) {
      throw new UnavailableException(
          "a disk to be sent cannot be kept in this machine's folder for temporary files: "
              + e.getMessage(),
          e);
    } finally {
      if (!done && file != null) {
        delete(file);
      }
    }
  }

  long sizeBytes() {
    return sizeBytes;
  }

  InputStream open() throws IOException {
    return Files.newInputStream(file);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.warn("could not remove '{}'", file, e);
    }
  }

  @Override
  public void close() {
    delete(file);
  }
}
