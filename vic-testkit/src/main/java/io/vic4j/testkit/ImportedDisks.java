package io.vic4j.testkit;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.DiskEncoder;
import io.vic4j.core.datastore.DiskSpool;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.storage.vmdk.StreamOptimizedReader;
import io.vic4j.storage.vmdk.VmdkDescriptor;
import io.vic4j.storage.vmdk.VmdkExtent;
import io.vic4j.storage.vmdk.VmdkReader;
import io.vic4j.storage.vmdk.VmdkSubformat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The disks of an {@link ImportingDatastore}. */
final class ImportedDisks implements VirtualDisks {
  /*
   * A disk is made in a folder below imports/: what was sent, the extent that comes out of it, and
   * the descriptor. Then extent and descriptor are moved to their places, the extent first. Of
   * several who want one place, the first whose extent is there has it; there is a disk once its
   * descriptor is there.
   */
  private static final Logger log = LoggerFactory.getLogger(ImportedDisks.class);
  private static final DatastorePath IMPORTS = DatastorePath.parse("imports");
  private static final String DISK = ".vmdk";
  private static final String EXTENT = "-flat.vmdk";
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final ByteBuffer ZEROS = ByteBuffer.allocate(CHUNK_BYTES).asReadOnlyBuffer();

  private final Datastore below;
  private final IdSource ids = IdSource.random();

  ImportedDisks(Datastore below) {
    this.below = below;
  }

  static boolean isNamedAsDisk(DatastorePath path) {
    return path.name().endsWith(DISK);
  }

  private static DatastorePath extentOf(DatastorePath disk) {
    String name = disk.name();
    return disk.parent().resolve(name.substring(0, name.length() - DISK.length()) + EXTENT);
  }

  boolean isDisk(DatastorePath path) {
    return isNamedAsDisk(path) && isFile(path) && isFile(extentOf(path));
  }

  private boolean isFile(DatastorePath path) {
    return below.stat(path).filter(entry -> !entry.isFolder()).isPresent();
  }

  /** Fails if this is what a disk's content is in. */
  void refuseExtent(DatastorePath path) {
    String name = path.name();
    if (name.endsWith(EXTENT)) {
      String disk = name.substring(0, name.length() - EXTENT.length()) + DISK;
      if (!disk.equals(DISK) && isFile(path.parent().resolve(disk))) {
        throw new IllegalArgumentException("'" + path + "' belongs to a disk: use '" + disk + "'");
      }
    }
  }

  @Override
  public DatastoreWriter create(DatastorePath vmdk, DiskEncoder encoder, Progress progress) {
    CancelledException.throwIfInterrupted("import of", vmdk);
    checkFree(vmdk);
    return DiskSpool.begin(content -> take(vmdk, content, encoder, progress));
  }

  private void checkFree(DatastorePath vmdk) {
    if (!isNamedAsDisk(vmdk)) {
      throw new IllegalArgumentException("the name of a disk ends in .vmdk: '" + vmdk + "'");
    }
    below.createFolder(vmdk.parent());
    for (DatastorePath path : List.of(vmdk, extentOf(vmdk))) {
      if (below.stat(path).isPresent()) {
        throw new AlreadyExistsException("disk", path.toString());
      }
    }
  }

  private void take(
      DatastorePath vmdk, DatastoreReader content, DiskEncoder encoder, Progress progress) {
    try (ProgressTask task = progress.begin("import of " + vmdk.name())) {
      inWork(
          folder -> {
            DatastorePath stream = folder.resolve("stream");
            try {
              send(content, encoder, stream, task);
              publish(decode(stream, folder), folder, vmdk);
            } catch (IOException e) {
              throw new UnavailableException("cannot import '" + vmdk + "': " + e.getMessage(), e);
            }
          });
      task.complete();
    }
  }

  private void send(
      DatastoreReader content, DiskEncoder encoder, DatastorePath stream, ProgressTask task)
      throws IOException {
    try (DatastoreWriter writer = below.create(stream)) {
      encoder.encode(content, new Sent(writer, task));
      writer.commit();
    }
  }

  /** What is sent goes to a file. */
  private static final class Sent extends OutputStream {
    private final DatastoreWriter writer;
    private final ProgressTask task;
    private long position;

    Sent(DatastoreWriter writer, ProgressTask task) {
      this.writer = writer;
      this.task = task;
    }

    @Override
    public void write(int value) {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      writer.write(position, ByteBuffer.wrap(bytes, offset, length));
      position += length;
      task.advance(length);
    }
  }

  private VmdkDescriptor decode(DatastorePath stream, DatastorePath folder) throws IOException {
    try (InputStream in = below.read(stream);
        DatastoreWriter extent = below.create(extentIn(folder))) {
      StreamOptimizedReader disk = StreamOptimizedReader.open(in);
      disk.copyTo(extent);
      extent.commit();
      return disk.descriptor();
    }
  }

  private static DatastorePath extentIn(DatastorePath folder) {
    return folder.resolve("extent");
  }

  /**
   * Moves the extent in this folder to its place, with a descriptor as that of the disk it is of.
   */
  private void publish(VmdkDescriptor disk, DatastorePath folder, DatastorePath vmdk) {
    DatastorePath extent = extentOf(vmdk);
    DatastorePath descriptor = descriptor(disk, folder, extent);
    CancelledException.throwIfInterrupted("publication of", vmdk);
    below.move(extentIn(folder), extent);
    try {
      below.move(descriptor, vmdk);
    } catch (VicException e) {
      undoAfter(e, () -> below.move(extent, extentIn(folder)));
      throw e;
    }
  }

  /** Writes a descriptor for an extent of this name. */
  private DatastorePath descriptor(
      VmdkDescriptor disk, DatastorePath folder, DatastorePath extent) {
    DatastorePath file = folder.resolve("descriptor");
    VmdkDescriptor flat =
        new VmdkDescriptor(
            VmdkSubformat.VMFS,
            disk.contentId(),
            List.of(
                new VmdkExtent(
                    VmdkExtent.Access.RW,
                    disk.capacityBytes(),
                    VmdkExtent.Kind.VMFS,
                    extent.name(),
                    0)),
            disk.diskDatabase());
    try (DatastoreWriter writer = below.create(file)) {
      writer.write(0, flat.bytes());
      writer.commit();
    }
    return file;
  }

  @Override
  public void copy(DatastorePath from, DatastorePath to) {
    CancelledException.throwIfInterrupted("copy of", from);
    try (VmdkReader disk = open(from)) {
      checkFree(to);
      inWork(
          folder -> {
            try (DatastoreWriter extent = below.create(extentIn(folder))) {
              copy(disk, extent);
              extent.commit();
            }
            publish(disk.descriptor(), folder, to);
          });
    }
  }

  private VmdkReader open(DatastorePath disk) {
    if (!isDisk(disk)) {
      throw new NotFoundException("disk", disk.toString());
    }
    return VmdkReader.open(below, disk);
  }

  private static void copy(DatastoreReader from, DatastoreWriter to) {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    long position = from.nextData(0);
    while (position < from.sizeBytes()) {
      int read = from.read(position, chunk.clear());
      if (chunk.flip().mismatch(ZEROS.slice(0, read)) >= 0) {
        to.write(position, chunk);
      }
      position = from.nextData(position + read);
    }
    to.setSize(from.sizeBytes());
  }

  void move(DatastorePath from, DatastorePath to) {
    CancelledException.throwIfInterrupted("move of", from);
    if (to.startsWith(from)) {
      throw new IllegalArgumentException("cannot move '" + from + "' to '" + to + "' below it");
    }
    VmdkDescriptor disk;
    try (VmdkReader reader = open(from)) {
      disk = reader.descriptor();
    }
    checkFree(to);
    inWork(
        folder -> {
          // As if it were new, from here on.
          below.move(extentOf(from), extentIn(folder));
          try {
            publish(disk, folder, to);
          } catch (VicException e) {
            undoAfter(e, () -> below.move(extentIn(folder), extentOf(from)));
            throw e;
          }
          below.delete(from);
        });
  }

  void delete(DatastorePath vmdk) {
    below.delete(vmdk);
    below.delete(extentOf(vmdk));
  }

  @Override
  public void sweep(Instant now, Duration staleAfter) {
    Instant limit = now.minus(staleAfter);
    for (DatastoreEntry work : below.list(IMPORTS)) {
      boolean stale =
          !work.modified().isAfter(limit)
              && below.list(work.path()).stream().noneMatch(file -> file.modified().isAfter(limit));
      if (stale) {
        below.delete(work.path());
      }
    }
  }

  /** Does something in a folder of its own, which is gone then. */
  private void inWork(Consumer<DatastorePath> work) {
    DatastorePath folder = IMPORTS.resolve(ids.next().substring(0, 32));
    try {
      work.accept(folder);
    } finally {
      try {
        undisturbed(() -> below.delete(folder));
      } catch (VicException e) {
        log.warn("could not remove '{}' in {}; the sweep will", folder, below.name(), e);
      }
    }
  }

  private static void undoAfter(VicException failure, Runnable undo) {
    try {
      undisturbed(undo);
    } catch (VicException e) {
      failure.addSuppressed(e);
    }
  }

  /** Does something although the thread may be interrupted, which it stays. */
  static void undisturbed(Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
