package io.vic4j.storage;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Writes a disk, and computes its {@linkplain DiskChecksum checksum} meanwhile. A datastore that
 * keeps virtual disks answers for them itself: there is no checksum.
 */
final class ChecksummedWriter implements DatastoreWriter {
  private final Datastore datastore;
  private final DatastorePath extentPath;
  private final DatastoreWriter disk;
  private final DiskChecksum checksum = new DiskChecksum();
  private final boolean checksummed;

  /** Takes the writer over, and closes it. */
  ChecksummedWriter(Datastore datastore, DatastorePath extentPath, DatastoreWriter disk) {
    this.datastore = datastore;
    this.extentPath = extentPath;
    this.disk = disk;
    this.checksummed = datastore.virtualDisks().isEmpty();
  }

  @Override
  public void write(long position, ByteBuffer source) {
    ByteBuffer written = source.duplicate();
    disk.write(position, source);
    if (checksummed) {
      checksum.written(position, written);
    }
  }

  @Override
  public void setSize(long sizeBytes) {
    disk.setSize(sizeBytes);
    checksum.cutTo(sizeBytes);
  }

  @Override
  public void commit() {
    disk.commit();
  }

  /** The checksum of the disk that was committed. */
  Optional<Digest> checksum() {
    if (!checksummed) {
      return Optional.empty();
    }
    try (DatastoreReader reader = datastore.open(extentPath)) {
      return Optional.of(checksum.of(reader));
    }
  }

  @Override
  public void close() {
    disk.close();
  }
}
