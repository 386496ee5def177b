package io.vic4j.testkit;

import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.DiskEncoder;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.testkit.FaultPlan.Operation;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A datastore that fails as a {@link FaultPlan} has it, and else does as the one below it. */
public final class FaultyDatastore implements Datastore {
  private final Datastore below;
  private final FaultPlan faults;

  private FaultyDatastore(Datastore below, FaultPlan faults) {
    this.below = below;
    this.faults = faults;
  }

  /** This datastore, with faults. */
  public static FaultyDatastore over(Datastore below, FaultPlan faults) {
    return new FaultyDatastore(below, faults);
  }

  @Override
  public String name() {
    return below.name();
  }

  @Override
  public Optional<DatastoreEntry> stat(DatastorePath path) {
    return faults.run(Operation.STAT, () -> below.stat(path));
  }

  @Override
  public List<DatastoreEntry> list(DatastorePath folder) {
    return faults.run(Operation.LIST, () -> below.list(folder));
  }

  @Override
  public List<String> names(DatastorePath folder) {
    return faults.run(Operation.LIST, () -> below.names(folder));
  }

  @Override
  public DatastoreReader open(DatastorePath file) {
    return new Reader(faults.run(Operation.OPEN, () -> below.open(file)));
  }

  @Override
  public DatastoreWriter create(DatastorePath file) {
    return new Writer(faults.run(Operation.CREATE_FILE, () -> below.create(file)));
  }

  @Override
  public void createFolder(DatastorePath folder) {
    faults.run(Operation.CREATE_FOLDER, () -> below.createFolder(folder));
  }

  @Override
  public void move(DatastorePath from, DatastorePath to) {
    faults.run(Operation.MOVE, () -> below.move(from, to));
  }

  @Override
  public void delete(DatastorePath path) {
    faults.run(Operation.DELETE, () -> below.delete(path));
  }

  @Override
  public Optional<VirtualDisks> virtualDisks() {
    return below.virtualDisks().map(Disks::new);
  }

  @Override
  public Optional<DatastoreSpace> space() {
    return faults.run(Operation.SPACE, below::space);
  }

  private final class Disks implements VirtualDisks {
    private final VirtualDisks disks;

    Disks(VirtualDisks disks) {
      this.disks = disks;
    }

    @Override
    public DatastoreWriter create(DatastorePath vmdk, DiskEncoder encoder, Progress progress) {
      return new Writer(
          faults.run(Operation.CREATE_DISK, () -> disks.create(vmdk, encoder, progress)));
    }

    @Override
    public void copy(DatastorePath from, DatastorePath to) {
      faults.run(Operation.COPY_DISK, () -> disks.copy(from, to));
    }

    @Override
    public void sweep(Instant now, Duration staleAfter) {
      faults.run(Operation.SWEEP_DISKS, () -> disks.sweep(now, staleAfter));
    }
  }

  private final class Reader implements DatastoreReader {
    private final DatastoreReader reader;

    Reader(DatastoreReader reader) {
      this.reader = reader;
    }

    @Override
    public long sizeBytes() {
      return reader.sizeBytes();
    }

    @Override
    public int read(long position, ByteBuffer target) {
      return faults.run(Operation.READ, () -> reader.read(position, target));
    }

    @Override
    public long nextData(long position) {
      return reader.nextData(position);
    }

    @Override
    public void close() {
      reader.close();
    }
  }

  private final class Writer implements DatastoreWriter {
    private final DatastoreWriter writer;

    Writer(DatastoreWriter writer) {
      this.writer = writer;
    }

    @Override
    public void write(long position, ByteBuffer source) {
      faults.run(Operation.WRITE, () -> writer.write(position, source));
    }

    @Override
    public void setSize(long sizeBytes) {
      faults.run(Operation.WRITE, () -> writer.setSize(sizeBytes));
    }

    @Override
    public void commit() {
      faults.run(Operation.COMMIT, writer::commit);
    }

    @Override
    public void close() {
      writer.close();
    }
  }
}
