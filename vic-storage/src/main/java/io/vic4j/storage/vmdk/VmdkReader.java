package io.vic4j.storage.vmdk;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the content of a virtual disk anywhere, whatever its {@linkplain VmdkSubformat subformat}:
 * what a virtual machine would see on the disk.
 *
 * <p>Disks may come from anywhere: sizes and offsets are checked before they are used, memory is
 * bounded by a few MiB, and what is wrong is reported as {@link CorruptException} by {@link #open}
 * or {@link #read}. Thread-safe, closing aside; closing twice is fine.
 */
public final class VmdkReader implements DatastoreReader {
  private final VmdkDescriptor descriptor;
  private final DatastoreReader content;

  private VmdkReader(VmdkDescriptor descriptor, DatastoreReader content) {
    this.descriptor = descriptor;
    this.content = content;
  }

  /**
   * Opens a disk. The caller closes it.
   *
   * @param file its descriptor, or the one file of a sparse disk; told apart by their first bytes
   * @throws io.vic4j.core.NotFoundException if the file or its extent is not there
   * @throws CorruptException if it is no disk
   * @throws UnsupportedException if it is a disk with a parent, encrypted, split or of an unknown
   *     {@code createType}; the message names it
   */
  public static VmdkReader open(Datastore datastore, DatastorePath file) {
    DatastoreReader reader = datastore.open(file);
    try {
      byte[] head = new byte[(int) Math.min(reader.sizeBytes(), DescriptorParser.MAX_BYTES + 1L)];
      reader.read(0, ByteBuffer.wrap(head));
      VmdkReader disk = openFlat(datastore, file, head);
      reader.close();
      return disk;
    } catch (RuntimeException e) {
      closeAfter(e, reader);
      throw e;
    }
  }

  private static VmdkReader openFlat(Datastore datastore, DatastorePath file, byte[] head) {
    VmdkDescriptor descriptor = VmdkDescriptor.parse(new String(head, StandardCharsets.UTF_8));
    if (!descriptor.subformat().isFlat()) {
      throw new CorruptException(
          "not a VMDK descriptor: a "
              + descriptor.subformat().createType()
              + " disk has none beside it",
          null);
    }
    VmdkExtent extent = descriptor.extents().get(0);
    DatastoreReader raw = datastore.open(file.parent().resolve(extent.fileName()));
    try {
      if (raw.sizeBytes() - extent.offsetBytes() < extent.sizeBytes()) {
        throw new CorruptException(
            "VMDK '%s' is truncated: its extent '%s' has %d bytes, of %d from %d on"
                .formatted(
                    file,
                    extent.fileName(),
                    raw.sizeBytes(),
                    extent.sizeBytes(),
                    extent.offsetBytes()),
            null);
      }
      return new VmdkReader(
          descriptor, new FlatContent(raw, extent.offsetBytes(), extent.sizeBytes()));
    } catch (RuntimeException e) {
      closeAfter(e, raw);
      throw e;
    }
  }

  private static void closeAfter(RuntimeException failure, DatastoreReader reader) {
    try {
      reader.close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** What the disk says of itself. */
  public VmdkDescriptor descriptor() {
    return descriptor;
  }

  /** The disk's capacity. */
  @Override
  public long sizeBytes() {
    return content.sizeBytes();
  }

  @Override
  public int read(long position, ByteBuffer target) {
    return content.read(position, target);
  }

  @Override
  public void close() {
    content.close();
  }
}
