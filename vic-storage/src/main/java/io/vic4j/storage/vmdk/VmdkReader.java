package io.vic4j.storage.vmdk;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the content of a virtual disk anywhere, whatever its {@linkplain VmdkSubformat subformat}:
 * what a virtual machine would see on the disk.
 *
 * <p>Disks may come from anywhere: sizes and offsets are checked before they are used, memory is
 * bounded by some 20 MiB, and what is wrong is reported as {@link CorruptException} by {@link
 * #open} or {@link #read}. Thread-safe, closing aside; closing twice is fine.
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
      byte[] head = bytes(reader, 0, DescriptorParser.MAX_BYTES + 1);
      int magic =
          head.length < 4 ? 0 : ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt();
      if (magic == SparseHeader.MAGIC) {
        return openSparse(reader, SparseHeader.parse(ByteBuffer.wrap(head)));
      }
      if (magic == SparseHeader.COWD_MAGIC) {
        throw new UnsupportedException("not supported: a sparse extent of ESXi (COWD): " + file);
      }
      VmdkReader disk = openFlat(datastore, file, head);
      reader.close();
      return disk;
    } catch (RuntimeException e) {
      closeAfter(e, reader);
      throw e;
    }
  }

  /**
   * The name of the file that is the content of a disk as it is, all of it.
   *
   * @throws UnsupportedException if there is no such file
   */
  static String flatExtent(Datastore datastore, DatastorePath file) {
    try (DatastoreReader reader = datastore.open(file)) {
      byte[] head = bytes(reader, 0, DescriptorParser.MAX_BYTES + 1);
      int magic =
          head.length < 4 ? 0 : ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt();
      if (magic != SparseHeader.MAGIC && magic != SparseHeader.COWD_MAGIC) {
        VmdkDescriptor descriptor = VmdkDescriptor.parse(text(head));
        VmdkExtent extent = descriptor.extents().get(0);
        if (descriptor.subformat().isFlat()
            && descriptor.extents().size() == 1
            && extent.offsetBytes() == 0) {
          return extent.fileName();
        }
      }
      throw new UnsupportedException("not supported: '" + file + "' is not one flat disk");
    }
  }

  private static byte[] bytes(DatastoreReader reader, long position, int limit) {
    byte[] bytes = new byte[(int) Math.min(Math.max(0, reader.sizeBytes() - position), limit)];
    reader.read(position, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static VmdkReader openSparse(DatastoreReader reader, SparseHeader header) {
    byte[] text =
        bytes(
            reader,
            header.descriptorOffset() * SparseHeader.SECTOR,
            embeddedDescriptorBytes(header));
    VmdkDescriptor descriptor = parseEmbedded(text, header);
    return new VmdkReader(
        descriptor, new SparseContent(reader, SparseContent.effectiveHeader(reader, header)));
  }

  /** How many bytes there are for an embedded descriptor. */
  static int embeddedDescriptorBytes(SparseHeader header) {
    if (header.descriptorSize() == 0) {
      throw new UnsupportedException(
          "not supported: an extent of a split disk, which says nothing about itself");
    }
    long bytes = header.descriptorSize() * SparseHeader.SECTOR;
    if (bytes > DescriptorParser.MAX_BYTES) {
      throw SparseHeader.corrupt("its descriptor has " + bytes + " bytes");
    }
    return (int) bytes;
  }

  /** Reads an embedded descriptor, which is padded with zeros, and holds it against the header. */
  static VmdkDescriptor parseEmbedded(byte[] padded, SparseHeader header) {
    VmdkDescriptor descriptor = VmdkDescriptor.parse(text(padded));
    boolean compressed = descriptor.subformat() == VmdkSubformat.STREAM_OPTIMIZED;
    if (descriptor.subformat().isFlat() || compressed != header.has(SparseHeader.COMPRESSED)) {
      throw SparseHeader.corrupt(
          "it says that it is " + descriptor.subformat().createType() + ", but is not");
    }
    if (descriptor.capacityBytes() != header.capacityBytes()) {
      throw SparseHeader.corrupt(
          "its descriptor says %d bytes, its header %d"
              .formatted(descriptor.capacityBytes(), header.capacityBytes()));
    }
    return descriptor;
  }

  /** The text up to the zeros that some programs pad it with. */
  private static String text(byte[] padded) {
    int length = 0;
    while (length < padded.length && padded[length] != 0) {
      length++;
    }
    return new String(padded, 0, length, StandardCharsets.UTF_8);
  }

  private static VmdkReader openFlat(Datastore datastore, DatastorePath file, byte[] head) {
    VmdkDescriptor descriptor = VmdkDescriptor.parse(text(head));
    if (!descriptor.subformat().isFlat()) {
      throw new UnsupportedException(
          "not supported: a descriptor beside a " + descriptor.subformat().createType() + " disk");
    }
    VmdkExtent extent = descriptor.extents().get(0);
    DatastoreReader raw = datastore.open(file.parent().resolve(extent.fileName()));
    try {
      if (raw.sizeBytes() - extent.offsetBytes() < extent.sizeBytes()) {
        throw new CorruptException(
            "VMDK '%s' is truncated: its extent '%s' has %d bytes, but should have %d from %d on"
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

  /**
   * The first place at or after {@code position} that may hold data; {@link #sizeBytes} if only
   * holes follow. Sparse disks know their holes; of a flat one, those are known that the datastore
   * knows.
   */
  @Override
  public long nextData(long position) {
    return content.nextData(position);
  }

  @Override
  public void close() {
    content.close();
  }
}
