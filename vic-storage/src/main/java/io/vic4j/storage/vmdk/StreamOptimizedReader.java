package io.vic4j.storage.vmdk;

import static io.vic4j.storage.vmdk.SparseHeader.corrupt;

import io.vic4j.core.CancelledException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.DatastoreWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a {@link VmdkSubformat#STREAM_OPTIMIZED} disk from a stream, in one pass: what vSphere
 * gives for a download and what an OVF package holds.
 *
 * <p>The content is only sound once {@link #copyTo} has returned: the stream is checked on the way
 * up to its end-of-stream marker. Some programs, QEMU among them, put the tables before the grains
 * and no marker at the end; such a disk is refused here, and {@link VmdkReader} reads it. The
 * stream is not closed. For use by one thread.
 *
 * <p>Source: Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents".
 */
public final class StreamOptimizedReader {
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final int MAX_OVERHEAD_SECTORS = 1 << 16;
  private static final int GRAIN_MARKER_BYTES = 12;

  private final InputStream in;
  private final SparseHeader header;
  private final VmdkDescriptor descriptor;
  private final byte[] sector = new byte[SECTOR];
  private boolean used;
  private long sectorsRead;
  private long grainsRead;

  private StreamOptimizedReader(InputStream in) throws IOException {
    this.in = in;
    readSector();
    this.header = SparseHeader.parse(ByteBuffer.wrap(sector));
    if (!header.has(SparseHeader.COMPRESSED)
        || header.directory() != SparseHeader.DIRECTORY_AT_END) {
      throw new UnsupportedException(
          "not supported from a stream: a VMDK with its tables before the grains;"
              + " save it to a datastore and open it there");
    }
    if (header.overhead() > MAX_OVERHEAD_SECTORS) {
      throw corrupt("its grains begin at sector " + header.overhead());
    }
    byte[] text = new byte[VmdkReader.embeddedDescriptorBytes(header)];
    if (header.descriptorOffset() < sectorsRead
        || header.descriptorOffset() + header.descriptorSize() > header.overhead()) {
      throw corrupt("its descriptor is not between its header and its grains");
    }
    skipTo(header.descriptorOffset());
    for (int at = 0; at < text.length; at += SECTOR) {
      readSector();
      System.arraycopy(sector, 0, text, at, SECTOR);
    }
    this.descriptor = VmdkReader.parseEmbedded(text, header);
    skipTo(header.overhead());
  }

  /**
   * Begins to read a disk.
   *
   * @throws io.vic4j.core.CorruptException if it is none
   * @throws UnsupportedException if it is a disk of another kind
   */
  public static StreamOptimizedReader open(InputStream in) throws IOException {
    return new StreamOptimizedReader(in);
  }

  /** What the disk says of itself. */
  public VmdkDescriptor descriptor() {
    return descriptor;
  }

  /** The disk's capacity. */
  public long sizeBytes() {
    return header.capacityBytes();
  }

  /**
   * Writes the content, with its holes, and reads the stream up to the end of the disk. The target
   * gets the disk's size; it is not committed.
   *
   * @throws io.vic4j.core.CorruptException if the stream is truncated or otherwise not sound
   * @throws CancelledException if the thread is interrupted
   */
  public void copyTo(DatastoreWriter target) throws IOException {
    if (used) {
      throw new IllegalStateException("the stream has been read");
    }
    used = true;
    boolean more = true;
    while (more) {
      CancelledException.throwIfInterrupted("reading of a stream-optimized disk");
      readSector();
      ByteBuffer marker = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
      int grainLength = marker.getInt(8);
      if (grainLength != 0) {
        readGrain(marker.getLong(0), grainLength, target);
      } else {
        more = passOver(marker.getInt(12), marker.getLong(0));
      }
    }
    target.setSize(sizeBytes());
  }

  private void readGrain(long place, int length, DatastoreWriter target) throws IOException {
    long grain = place / header.grainSize();
    if (place < 0 || place >= header.capacity() || place % header.grainSize() != 0) {
      throw corrupt("it has a grain for sector " + Long.toUnsignedString(place));
    }
    // Each grain once at most: so a short stream cannot ask for endless work.
    grainsRead++;
    if (grainsRead > header.grains()) {
      throw corrupt("it has more grains than there is room for");
    }
    if (length < 0 || length > GrainInflater.maxCompressedBytes(header.grainBytes())) {
      throw corrupt("grain " + grain + " has " + length + " bytes");
    }
    int first = Math.min(length, SECTOR - GRAIN_MARKER_BYTES);
    byte[] compressed = new byte[length];
    System.arraycopy(sector, GRAIN_MARKER_BYTES, compressed, 0, first);
    for (int at = first; at < length; at += SECTOR) {
      readSector();
      System.arraycopy(sector, 0, compressed, at, Math.min(SECTOR, length - at));
    }
    long position = grain * header.grainBytes();
    int needed = (int) Math.min(header.grainBytes(), sizeBytes() - position);
    byte[] content =
        GrainInflater.inflate(ByteBuffer.wrap(compressed), header.grainBytes(), needed, grain);
    target.write(position, ByteBuffer.wrap(content, 0, needed));
  }

  /** Passes over what a marker announces; says whether anything follows. */
  private boolean passOver(int type, long sectors) throws IOException {
    Marker marker = Marker.of(type).orElseThrow(() -> corrupt("it has a marker of type " + type));
    long expected =
        switch (marker) {
          case END_OF_STREAM -> 0;
          case GRAIN_TABLE -> SparseHeader.TABLE_SECTORS;
          case GRAIN_DIRECTORY -> header.directorySectors();
          case FOOTER -> 1;
        };
    if (sectors != expected) {
      throw corrupt("its " + marker + " has " + sectors + " sectors, not " + expected);
    }
    skipTo(sectorsRead + sectors);
    return marker != Marker.END_OF_STREAM;
  }

  private void skipTo(long target) throws IOException {
    while (sectorsRead < target) {
      readSector();
    }
  }

  private void readSector() throws IOException {
    if (in.readNBytes(sector, 0, SECTOR) < SECTOR) {
      throw corrupt("it is truncated: it ends in sector " + sectorsRead);
    }
    sectorsRead++;
  }
}
