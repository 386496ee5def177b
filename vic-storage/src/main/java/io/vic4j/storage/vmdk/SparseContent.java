package io.vic4j.storage.vmdk;

import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The content of a sparse extent, compressed or not. Closes the file when closed.
 *
 * <p>A grain's number gives its place in two levels of tables: the directory has the sector of each
 * grain table, a table that of each of its 512 grains; 0 is a hole. The directory is kept in
 * memory; the grain tables and the decompressed grains that were used last are, too.
 *
 * <p>A table or a grain is never taken for what it is without its place being checked to lie in the
 * file, and nothing is followed more than these two steps; so a hostile file cannot make it loop.
 */
final class SparseContent implements DatastoreReader {
  private static final int TABLES_KEPT = 64;
  private static final int GRAIN_BYTES_KEPT = 1 << 20;
  private static final int MARKER_BYTES = 12;

  private final DatastoreReader file;
  private final SparseHeader header;
  private final int[] directory;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Integer, int[]> tables;
  private final Map<Long, byte[]> grains;

  SparseContent(DatastoreReader file, SparseHeader header) {
    this.file = file;
    this.header = header;
    this.directory = readInts(header.directory(), (int) header.tables(), "the grain directory");
    this.tables = new Recent<>(TABLES_KEPT);
    this.grains = new Recent<>(Math.max(1, GRAIN_BYTES_KEPT / header.grainBytes()));
  }

  /** Drops what was not used for longest. */
  private static final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;
    private final int limit;

    Recent(int limit) {
      super(16, 0.75f, true);
      this.limit = limit;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > limit;
    }
  }

  /**
   * The header that has the grain directory's place: the footer's if the file is stream-optimized.
   */
  static SparseHeader effectiveHeader(DatastoreReader file, SparseHeader header) {
    if (header.directory() != SparseHeader.DIRECTORY_AT_END) {
      return header;
    }
    // "Stream-Optimized": the footer is the last sector but one, before the end-of-stream marker.
    long at = file.sizeBytes() - 2L * SparseHeader.SECTOR;
    if (at < SparseHeader.SECTOR) {
      throw SparseHeader.corrupt("it is truncated: it has no footer");
    }
    ByteBuffer sector = ByteBuffer.allocate(SparseHeader.SECTOR);
    file.read(at, sector);
    SparseHeader footer = SparseHeader.parse(sector.flip());
    if (footer.directory() == SparseHeader.DIRECTORY_AT_END) {
      throw SparseHeader.corrupt("its footer does not say where the grain directory is");
    }
    SparseHeader expected = header.withDirectory(footer.directory());
    if (footer.capacity() != expected.capacity()
        || footer.grainSize() != expected.grainSize()
        || footer.flags() != expected.flags()) {
      throw SparseHeader.corrupt("its footer and its header differ");
    }
    return expected;
  }

  private int[] readInts(long sector, int count, String what) {
    long at = sector * SparseHeader.SECTOR;
    int bytes = count * Integer.BYTES;
    if (at + bytes > file.sizeBytes()) {
      throw SparseHeader.corrupt(what + " lies past the file's end");
    }
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.read(at, buffer);
    int[] ints = new int[count];
    buffer.flip().asIntBuffer().get(ints);
    return ints;
  }

  @Override
  public long sizeBytes() {
    return header.capacityBytes();
  }

  @Override
  public int read(long position, ByteBuffer target) {
    long at = position;
    while (target.hasRemaining() && at < sizeBytes()) {
      long grain = at / header.grainBytes();
      int offset = (int) (at % header.grainBytes());
      long left = Math.min(header.grainBytes() - offset, sizeBytes() - at);
      int count = (int) Math.min(left, target.remaining());
      readGrain(grain, offset, target, count);
      at += count;
    }
    return (int) (at - position);
  }

  private void readGrain(long grain, int offset, ByteBuffer target, int count) {
    long sector = sectorOf(grain);
    if (sector == 0) {
      target.put(new byte[count]);
    } else if (header.has(SparseHeader.COMPRESSED)) {
      target.put(inflated(grain, sector), offset, count);
    } else {
      int limit = target.limit();
      target.limit(target.position() + count);
      int read = file.read(sector * SparseHeader.SECTOR + offset, target);
      target.limit(limit);
      if (read < count) {
        throw SparseHeader.corrupt("grain " + grain + " lies past the file's end");
      }
    }
  }

  /** Where a grain is; 0 if it is a hole or all zero. */
  private long sectorOf(long grain) {
    int[] table = table((int) (grain / SparseHeader.ENTRIES_PER_TABLE));
    if (table.length == 0) {
      return 0;
    }
    int index = (int) (grain % SparseHeader.ENTRIES_PER_TABLE);
    long sector = Integer.toUnsignedLong(table[index]);
    if (sector == 0 || (sector == 1 && header.has(SparseHeader.ZEROED_GRAINS))) {
      return 0;
    }
    if (sector < header.overhead() || sector * SparseHeader.SECTOR >= file.sizeBytes()) {
      throw SparseHeader.corrupt("grain " + grain + " is said to be at sector " + sector);
    }
    return sector;
  }

  /** A grain table; empty if all its grains are holes. */
  private int[] table(int index) {
    if (directory[index] == 0) {
      return new int[0];
    }
    lock.lock();
    try {
      int[] table = tables.get(index);
      if (table == null) {
        table =
            readInts(
                Integer.toUnsignedLong(directory[index]),
                SparseHeader.ENTRIES_PER_TABLE,
                "grain table " + index);
        tables.put(index, table);
      }
      return table;
    } finally {
      lock.unlock();
    }
  }

  private byte[] inflated(long grain, long sector) {
    lock.lock();
    try {
      byte[] content = grains.get(grain);
      if (content == null) {
        content = inflate(grain, sector * SparseHeader.SECTOR);
        grains.put(grain, content);
      }
      return content;
    } finally {
      lock.unlock();
    }
  }

  private byte[] inflate(long grain, long at) {
    ByteBuffer marker = ByteBuffer.allocate(MARKER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.read(at, marker);
    long position = marker.getLong(0);
    int length = marker.getInt(8);
    if (position != grain * header.grainSize()) {
      throw SparseHeader.corrupt("grain " + grain + " has the marker of another place");
    }
    if (length <= 0 || length > GrainInflater.maxCompressedBytes(header.grainBytes())) {
      throw SparseHeader.corrupt("grain " + grain + " has " + length + " bytes");
    }
    ByteBuffer compressed = ByteBuffer.allocate(length);
    file.read(at + MARKER_BYTES, compressed);
    long needed = Math.min(header.grainBytes(), sizeBytes() - grain * header.grainBytes());
    return GrainInflater.inflate(compressed.flip(), header.grainBytes(), (int) needed, grain);
  }

  @Override
  public long nextData(long position) {
    long grain = position / header.grainBytes();
    while (grain < header.grains()) {
      if (directory[(int) (grain / SparseHeader.ENTRIES_PER_TABLE)] == 0) {
        grain = (grain / SparseHeader.ENTRIES_PER_TABLE + 1) * SparseHeader.ENTRIES_PER_TABLE;
      } else if (sectorOf(grain) == 0) {
        grain++;
      } else {
        return Math.max(position, grain * header.grainBytes());
      }
    }
    return sizeBytes();
  }

  @Override
  public void close() {
    file.close();
  }
}
