package io.vic4j.storage.vmdk;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes the content of a {@link VmdkSubformat#MONOLITHIC_SPARSE} disk, in any order. Grains of 64
 * KiB take room in the file when something other than zeros is first written to them, in that
 * order.
 *
 * <p>{@link #commit} makes the disk whole; closing without it deletes the file. Memory grows by 2
 * KiB for each 32 MiB of the disk that are touched. For use by one thread at a time.
 *
 * <p>Source: Virtual Disk Format 5.0, "Hosted Sparse Extents".
 */
public final class MonolithicSparseWriter implements DatastoreWriter {
  /*
   * The file is: header, descriptor, redundant grain directory and tables, grain directory and
   * tables, grains. All grain tables have their place from the start, because programs that write
   * to the disk later expect that; those without a grain stay holes in the file.
   */
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final int GRAIN_BYTES = SparseHeader.GRAIN_SECTORS * SECTOR;

  private final DatastoreWriter file;
  private final SparseHeader header;
  private final Digest contentId;
  private final Map<Integer, int[]> tables = new HashMap<>();
  private long nextSector;

  private MonolithicSparseWriter(DatastoreWriter file, SparseHeader header, Digest contentId) {
    this.file = file;
    this.header = header;
    this.contentId = contentId;
    this.nextSector = header.overhead();
  }

  /**
   * Begins a disk in a new file. The caller closes the writer.
   *
   * @param capacityBytes its size, a multiple of 512 up to 2 TiB
   * @param contentId what is on the disk; the CID and the UUID derive from it
   * @throws io.vic4j.core.AlreadyExistsException if something is at this place
   */
  public static MonolithicSparseWriter create(
      Datastore datastore, DatastorePath file, long capacityBytes, Digest contentId) {
    SparseHeader header = header(capacityBytes);
    return new MonolithicSparseWriter(datastore.create(file), header, contentId);
  }

  private static SparseHeader header(long capacityBytes) {
    SparseHeader header =
        new SparseHeader(
            1,
            SparseHeader.NEWLINES_VALID | SparseHeader.REDUNDANT_TABLES,
            capacityBytes / SECTOR,
            SparseHeader.GRAIN_SECTORS,
            1,
            SparseLayout.DESCRIPTOR_SECTORS,
            0,
            0,
            0);
    SparseLayout.checkedHeader(header, capacityBytes);
    long tablesSectors = header.directorySectors() + header.tables() * SparseHeader.TABLE_SECTORS;
    long redundant = 1L + SparseLayout.DESCRIPTOR_SECTORS;
    long directory = redundant + tablesSectors;
    long end = directory + tablesSectors;
    long overhead = (end + header.grainSize() - 1) / header.grainSize() * header.grainSize();
    return header.withTables(redundant, directory, overhead);
  }

  /**
   * Writes all of {@code content} to its place; its {@linkplain DatastoreReader#nextData holes}
   * cost nothing.
   *
   * @throws io.vic4j.core.CancelledException if the thread is interrupted
   */
  public void copy(DatastoreReader content) {
    DiskCopy.copy(content, this::write);
  }

  /** Writes at this place of the disk's content; a grain that is there is written over. */
  @Override
  public void write(long position, ByteBuffer source) {
    if (position < 0 || source.remaining() > header.capacityBytes() - position) {
      throw new IllegalArgumentException(
          source.remaining() + " bytes at " + position + " of a disk of " + header.capacityBytes());
    }
    long at = position;
    while (source.hasRemaining()) {
      int offset = (int) (at % GRAIN_BYTES);
      int count = Math.min(source.remaining(), GRAIN_BYTES - offset);
      writeInGrain(at / GRAIN_BYTES, offset, source.slice(source.position(), count));
      source.position(source.position() + count);
      at += count;
    }
  }

  private void writeInGrain(long grain, int offset, ByteBuffer part) {
    int index = (int) (grain / SparseHeader.ENTRIES_PER_TABLE);
    int entry = (int) (grain % SparseHeader.ENTRIES_PER_TABLE);
    int[] table = tables.get(index);
    if ((table == null || table[entry] == 0) && SparseLayout.isZero(part)) {
      return;
    }
    if (table == null) {
      table = new int[SparseHeader.ENTRIES_PER_TABLE];
      tables.put(index, table);
    }
    if (table[entry] == 0) {
      table[entry] = SparseLayout.entry(nextSector);
      nextSector += header.grainSize();
    }
    file.write(Integer.toUnsignedLong(table[entry]) * SECTOR + offset, part);
  }

  /**
   * Does nothing: a disk's size is the capacity it was made with.
   *
   * @throws IllegalArgumentException if another size is asked for
   */
  @Override
  public void setSize(long sizeBytes) {
    if (sizeBytes != header.capacityBytes()) {
      throw new IllegalArgumentException(
          "a disk of " + header.capacityBytes() + " bytes cannot get " + sizeBytes);
    }
  }

  @Override
  public void commit() {
    file.write(0, header.render());
    file.write(
        SECTOR,
        VmdkDescriptor.sparse(VmdkSubformat.MONOLITHIC_SPARSE, header.capacityBytes(), contentId)
            .bytes());
    writeTables(header.redundantDirectory());
    writeTables(header.directory());
    file.setSize(nextSector * SECTOR);
    file.commit();
  }

  private void writeTables(long directorySector) {
    long firstTable = directorySector + header.directorySectors();
    int[] directory = new int[(int) header.tables()];
    for (int i = 0; i < directory.length; i++) {
      directory[i] = SparseLayout.entry(tableSector(firstTable, i));
    }
    file.write(directorySector * SECTOR, ByteBuffer.wrap(SparseLayout.bytes(directory)));
    tables.forEach(
        (index, table) ->
            file.write(
                tableSector(firstTable, index) * SECTOR,
                ByteBuffer.wrap(SparseLayout.bytes(table))));
  }

  private static long tableSector(long firstTable, int index) {
    return firstTable + (long) index * SparseHeader.TABLE_SECTORS;
  }

  @Override
  public void close() {
    file.close();
  }
}
