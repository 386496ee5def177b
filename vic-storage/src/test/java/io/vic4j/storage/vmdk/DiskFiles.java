package io.vic4j.storage.vmdk;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.LocalDatastore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;

/** Disks in a folder, made and read by this project, to be judged by QEMU. */
final class DiskFiles {
  static final Digest CONTENT_ID = Digest.sha256("content");

  private static final int DATA_BYTES = 70_000;

  private final Path folder;
  private final LocalDatastore datastore;

  DiskFiles(Path folder) {
    this.folder = folder;
    this.datastore = LocalDatastore.at(folder);
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  LocalDatastore datastore() {
    return datastore;
  }

  /** A raw disk with data here and there: also at its end, and across grains and grain tables. */
  void writeRaw(String name, long capacity) {
    try (DatastoreWriter writer = datastore.create(DatastorePath.parse(name))) {
      Random random = new Random(capacity);
      for (long place : places(capacity)) {
        byte[] bytes = new byte[(int) Math.max(0, Math.min(DATA_BYTES, capacity - place))];
        random.nextBytes(bytes);
        writer.write(place, ByteBuffer.wrap(bytes));
      }
      writer.setSize(capacity);
      writer.commit();
    }
  }

  /** Where there is data, in ascending order. */
  private static long[] places(long capacity) {
    return LongStream.of(
            0, 65_530, 3 << 16, (32L << 20) - 4096, capacity / 2, Math.max(0, capacity - 1000))
        .sorted()
        .toArray();
  }

  /**
   * The content of a file that {@link #writeRaw} made, which knows its holes: the first read of a
   * hole of gigabytes is slow on some file systems.
   */
  private record RawContent(DatastoreReader file) implements DatastoreReader {
    @Override
    public long sizeBytes() {
      return file.sizeBytes();
    }

    @Override
    public int read(long position, ByteBuffer target) {
      return file.read(position, target);
    }

    @Override
    public long nextData(long position) {
      for (long place : places(sizeBytes())) {
        if (position < place + DATA_BYTES) {
          return Math.min(sizeBytes(), Math.max(place, position));
        }
      }
      return sizeBytes();
    }

    @Override
    public void close() {
      file.close();
    }
  }

  void writeHole(String name, long capacity) {
    try (DatastoreWriter writer = datastore.create(DatastorePath.parse(name))) {
      writer.setSize(capacity);
      writer.commit();
    }
  }

  /** Writes the raw file as a disk of this subformat. */
  void write(VmdkSubformat subformat, String raw, String disk) {
    DatastorePath target = DatastorePath.parse(disk);
    try (DatastoreReader content = new RawContent(datastore.open(DatastorePath.parse(raw)))) {
      switch (subformat) {
        case STREAM_OPTIMIZED -> {
          try (OutputStream out = Files.newOutputStream(path(disk))) {
            StreamOptimizedWriter.copy(content, out, CONTENT_ID);
          }
        }
        case MONOLITHIC_SPARSE -> {
          try (MonolithicSparseWriter writer =
              MonolithicSparseWriter.create(datastore, target, content.sizeBytes(), CONTENT_ID)) {
            writer.copy(content);
            writer.commit();
          }
        }
        default -> {
          try (DatastoreWriter writer = datastore.create(target)) {
            writer.write(0, VmdkDescriptor.flat(raw, content.sizeBytes(), CONTENT_ID).bytes());
            writer.commit();
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a disk's content as a raw file, past its holes. */
  void expand(String disk, String raw) {
    try (VmdkReader content = VmdkReader.open(datastore, DatastorePath.parse(disk));
        DatastoreWriter writer = datastore.create(DatastorePath.parse(raw))) {
      DiskCopy.copy(content, writer::write);
      writer.setSize(content.sizeBytes());
      writer.commit();
    }
  }

  /** As {@link #expand}, but in one pass over a stream. */
  void expandStream(String disk, String raw) throws IOException {
    try (InputStream in = Files.newInputStream(path(disk));
        DatastoreWriter writer = datastore.create(DatastorePath.parse(raw))) {
      StreamOptimizedReader.open(in).copyTo(writer);
      writer.commit();
    }
  }
}
