package io.vic4j.storage.vmdk;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.DatastoreReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * Writes a {@link VmdkSubformat#STREAM_OPTIMIZED} disk to a stream, in one pass: what vSphere takes
 * for an upload and what an OVF package holds.
 *
 * <p>The content is given from its start on, by {@link #write} and {@link #skip}; grains of 64 KiB
 * that are all zero are not stored. {@link #finish} makes the disk whole. The stream is neither
 * closed nor flushed. The same content gives the same bytes with the same Java runtime; another's
 * zlib may compress otherwise.
 *
 * <p>Source: Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents". For use by one
 * thread.
 */
public final class StreamOptimizedWriter implements Closeable {
  /*
   * The file is, in sectors: header, descriptor, padding up to sector 128; then, for each grain
   * table with a grain in it, its grains and after them the table; at last the grain directory, the
   * footer (the header, with the directory's place) and the end-of-stream marker. Each of these
   * begins with a marker, so that a reader can go through the file forwards.
   */
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final int GRAIN_BYTES = SparseHeader.GRAIN_SECTORS * SECTOR;
  private static final int OVERHEAD_SECTORS = 128;
  private static final int GRAIN_MARKER_BYTES = 12;

  private final OutputStream out;
  private final SparseHeader header;
  private final byte[] grain = new byte[GRAIN_BYTES];
  private final byte[] zeros = new byte[GRAIN_BYTES];
  private final int[] table = new int[SparseHeader.ENTRIES_PER_TABLE];
  private final int[] directory;
  private final Deflater deflater = new Deflater();
  private byte[] compressed = new byte[GRAIN_BYTES + SECTOR];
  private long position;
  private long sectorsWritten;
  private boolean tableUsed;
  private boolean finished;

  /**
   * Begins a disk.
   *
   * @param capacityBytes its size, a multiple of 512 up to 2 TiB
   * @param contentId what is on the disk; the CID and the UUID derive from it
   */
  public StreamOptimizedWriter(OutputStream out, long capacityBytes, Digest contentId)
      throws IOException {
    this.out = out;
    this.header = header(capacityBytes);
    this.directory = new int[(int) header.tables()];
    writeStart(
        VmdkDescriptor.sparse(VmdkSubformat.STREAM_OPTIMIZED, capacityBytes, contentId).bytes());
  }

  private static SparseHeader header(long capacityBytes) {
    return SparseLayout.checkedHeader(
        new SparseHeader(
            3,
            SparseHeader.NEWLINES_VALID | SparseHeader.COMPRESSED | SparseHeader.MARKERS,
            capacityBytes / SECTOR,
            SparseHeader.GRAIN_SECTORS,
            1,
            SparseLayout.DESCRIPTOR_SECTORS,
            0,
            SparseHeader.DIRECTORY_AT_END,
            OVERHEAD_SECTORS),
        capacityBytes);
  }

  /**
   * Writes all of {@code content} as a disk; its {@linkplain DatastoreReader#nextData holes} cost
   * nothing.
   *
   * @throws io.vic4j.core.CancelledException if the thread is interrupted
   */
  public static void copy(DatastoreReader content, OutputStream out, Digest contentId)
      throws IOException {
    try (StreamOptimizedWriter writer =
        new StreamOptimizedWriter(out, content.sizeBytes(), contentId)) {
      DiskCopy.<IOException>copy(
          content,
          (position, stretch) -> {
            writer.skip(position - writer.position);
            writer.write(stretch);
          });
      writer.finish();
    }
  }

  private void writeStart(ByteBuffer descriptor) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(OVERHEAD_SECTORS * SECTOR);
    start.put(header.render()).put(descriptor);
    emit(start.array(), start.capacity());
  }

  /** Writes what comes next. */
  public void write(ByteBuffer content) throws IOException {
    checkRoom(content.remaining());
    while (content.hasRemaining()) {
      int offset = (int) (position % GRAIN_BYTES);
      int count = Math.min(content.remaining(), GRAIN_BYTES - offset);
      content.get(grain, offset, count);
      advance(count);
    }
  }

  /** Leaves a hole: this many zeros come next. */
  public void skip(long bytes) throws IOException {
    checkRoom(bytes);
    long end = position + bytes;
    while (position < end) {
      int offset = (int) (position % GRAIN_BYTES);
      if (offset == 0 && end - position >= GRAIN_BYTES && !tableUsed) {
        // Nothing of the grain table is there yet: pass over all that is whole in it.
        long tableBytes = (long) SparseHeader.ENTRIES_PER_TABLE * GRAIN_BYTES;
        long tableEnd = (position / tableBytes + 1) * tableBytes;
        position = Math.min(tableEnd, end / GRAIN_BYTES * GRAIN_BYTES);
        continue;
      }
      int count = (int) Math.min(end - position, GRAIN_BYTES - offset);
      Arrays.fill(grain, offset, offset + count, (byte) 0);
      advance(count);
    }
  }

  private void checkRoom(long bytes) {
    if (finished) {
      throw new IllegalStateException("the disk is finished");
    }
    if (bytes < 0 || bytes > header.capacityBytes() - position) {
      throw new IllegalArgumentException(
          bytes + " bytes at " + position + " of a disk of " + header.capacityBytes());
    }
  }

  private void advance(int count) throws IOException {
    position += count;
    if (position % GRAIN_BYTES == 0) {
      endGrain(GRAIN_BYTES);
    }
  }

  private void endGrain(int length) throws IOException {
    long number = (position - 1) / GRAIN_BYTES;
    if (!Arrays.equals(grain, 0, length, zeros, 0, length)) {
      // The last grain may reach past the end; it is stored whole, as the format wants it.
      Arrays.fill(grain, length, GRAIN_BYTES, (byte) 0);
      table[(int) (number % SparseHeader.ENTRIES_PER_TABLE)] = sector();
      tableUsed = true;
      writeGrain(number);
    }
    if ((number + 1) % SparseHeader.ENTRIES_PER_TABLE == 0) {
      endTable((int) (number / SparseHeader.ENTRIES_PER_TABLE));
    }
  }

  private void writeGrain(long number) throws IOException {
    deflater.reset();
    deflater.setInput(grain);
    deflater.finish();
    int length = GRAIN_MARKER_BYTES;
    while (!deflater.finished()) {
      if (length == compressed.length) {
        compressed = Arrays.copyOf(compressed, 2 * length);
      }
      length += deflater.deflate(compressed, length, compressed.length - length);
    }
    ByteBuffer.wrap(compressed)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(number * SparseHeader.GRAIN_SECTORS)
        .putInt(length - GRAIN_MARKER_BYTES);
    emit(compressed, length);
  }

  private void endTable(int index) throws IOException {
    if (tableUsed) {
      writeMarker(Marker.GRAIN_TABLE, SparseHeader.TABLE_SECTORS);
      directory[index] = sector();
      emitInts(table);
      Arrays.fill(table, 0);
      tableUsed = false;
    }
  }

  /** Makes the disk whole; what was not given of its content is a hole. */
  public void finish() throws IOException {
    if (finished) {
      return;
    }
    int rest = (int) (position % GRAIN_BYTES);
    if (rest > 0) {
      endGrain(rest);
    }
    // Once the last grain table was full, this finds nothing in use.
    endTable((int) Math.min(directory.length - 1L, position / SparseLayout.TABLE_COVERS_BYTES));
    finished = true;
    writeMarker(Marker.GRAIN_DIRECTORY, header.directorySectors());
    SparseHeader footer = header.withDirectory(sectorsWritten);
    emitInts(directory);
    writeMarker(Marker.FOOTER, 1);
    emit(footer.render().array(), SECTOR);
    writeMarker(Marker.END_OF_STREAM, 0);
  }

  private void writeMarker(Marker marker, long sectors) throws IOException {
    emit(marker.render(sectors).array(), SECTOR);
  }

  private int sector() {
    return SparseLayout.entry(sectorsWritten);
  }

  private void emitInts(int[] ints) throws IOException {
    byte[] bytes = SparseLayout.bytes(ints);
    emit(bytes, bytes.length);
  }

  /** Writes bytes, and zeros up to the next whole sector. */
  private void emit(byte[] bytes, int length) throws IOException {
    long sectors = SparseHeader.sectors(length);
    out.write(bytes, 0, length);
    out.write(zeros, 0, (int) (sectors * SECTOR - length));
    sectorsWritten += sectors;
  }

  /** Frees the memory of the compression; does not close the stream. */
  @Override
  public void close() {
    deflater.end();
  }
}
