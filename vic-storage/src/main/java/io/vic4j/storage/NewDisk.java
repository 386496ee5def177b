package io.vic4j.storage;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import io.vic4j.storage.vmdk.VmdkDescriptor;
import java.nio.ByteBuffer;
import java.util.function.LongFunction;

/**
 * Writes the content of a new flat disk: to its extent, with the descriptor once that is whole, so
 * that a disk that has one is whole. A datastore that keeps virtual disks gets the content only,
 * and makes both.
 */
final class NewDisk implements DatastoreWriter {
  private final Datastore datastore;
  private final DatastorePath vmdk;
  private final DatastorePath extentPath;
  private final LongFunction<ByteBuffer> descriptor;
  private final DatastoreWriter extent;
  private long sizeBytes;

  private NewDisk(
      Datastore datastore,
      DatastorePath vmdk,
      DatastorePath extentPath,
      LongFunction<ByteBuffer> descriptor) {
    this.datastore = datastore;
    this.vmdk = vmdk;
    this.extentPath = extentPath;
    this.descriptor = descriptor;
    this.extent = datastore.create(extentPath);
  }

  /**
   * Begins a disk. Closing the writer without {@link #commit} leaves nothing of it.
   *
   * @param contentId what is on it; the descriptor's identifiers derive from it
   * @param progress gets a task if the content has to be sent once it is whole
   */
  static DatastoreWriter begin(
      Datastore datastore,
      DatastorePath vmdk,
      DatastorePath extentPath,
      Digest contentId,
      Progress progress) {
    return datastore
        .virtualDisks()
        .map(
            disks ->
                disks.create(
                    vmdk,
                    (content, out) -> StreamOptimizedWriter.copy(content, out, contentId),
                    progress))
        .orElseGet(
            () ->
                new NewDisk(
                    datastore,
                    vmdk,
                    extentPath,
                    size -> VmdkDescriptor.flat(extentPath.name(), size, contentId).bytes()));
  }

  /**
   * Begins a disk of files whose descriptor is known. Closing the writer without {@link #commit}
   * leaves nothing of it.
   */
  static DatastoreWriter begin(
      Datastore datastore, DatastorePath vmdk, DatastorePath extentPath, ByteBuffer descriptor) {
    return new NewDisk(datastore, vmdk, extentPath, size -> descriptor.duplicate());
  }

  @Override
  public void write(long position, ByteBuffer source) {
    long end = position + source.remaining();
    extent.write(position, source);
    sizeBytes = Math.max(sizeBytes, end);
  }

  @Override
  public void setSize(long sizeBytes) {
    extent.setSize(sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  @Override
  public void commit() {
    extent.commit();
    try (DatastoreWriter writer = datastore.create(vmdk)) {
      writer.write(0, descriptor.apply(sizeBytes));
      writer.commit();
    } catch (VicException e) {
      deleteExtentAfter(e);
      throw e;
    }
  }

  private void deleteExtentAfter(VicException failure) {
    try {
      datastore.delete(extentPath);
    } catch (VicException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    extent.close();
  }
}
