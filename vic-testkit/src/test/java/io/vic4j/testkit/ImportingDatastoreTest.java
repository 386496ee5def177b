package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import io.vic4j.testkit.FaultPlan.Operation;
import io.vic4j.testkit.contract.VirtualDisksContract;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Virtual disks, passed through by a datastore that may fail, over files that may fail. */
class ImportingDatastoreTest extends VirtualDisksContract {
  private static final DatastorePath DISK = DatastorePath.parse("folder/x.vmdk");

  private final FaultPlan faults = FaultPlan.by(VirtualClock.manual());
  private Datastore files = MemoryDatastore.create();
  private Datastore disks = ImportingDatastore.over(files);

  /** The datastore for the files. */
  Datastore files() {
    return MemoryDatastore.create();
  }

  @Override
  protected final Datastore newDatastore() {
    files = FaultyDatastore.over(files(), faults);
    disks = ImportingDatastore.over(files);
    return FaultyDatastore.over(disks, FaultPlan.by(VirtualClock.manual()));
  }

  /** Nothing that was written can be moved or deleted any more: as if the program had died. */
  @Override
  protected final void crashImport(DatastorePath vmdk) {
    faults.on(Operation.MOVE).everyCall().fails(ImportingDatastoreTest::dead);
    faults.on(Operation.DELETE).everyCall().fails(ImportingDatastoreTest::dead);
    try (DatastoreWriter writer = begin(vmdk)) {
      writer.write(0, ByteBuffer.wrap(new byte[] {1}));
      writer.setSize(1 << 20);
      assertThatThrownBy(writer::commit).isInstanceOf(UnavailableException.class);
    } finally {
      faults.clear();
    }
  }

  private static UnavailableException dead() {
    return new UnavailableException("dead", null);
  }

  private DatastoreWriter begin(DatastorePath vmdk) {
    return disks
        .virtualDisks()
        .orElseThrow()
        .create(
            vmdk,
            (content, out) -> StreamOptimizedWriter.copy(content, out, Digest.sha256("x")),
            Progress.NONE);
  }

  @Override
  protected final List<String> traces() {
    return files.list(DatastorePath.parse("imports")).stream()
        .map(DatastoreEntry::path)
        .map(DatastorePath::toString)
        .toList();
  }

  @Test
  void filesOfADisk_areNotTouchedOneByOne() {
    BlankDisks.write(disks, DISK, new UUID(1, 1));
    DatastorePath extent = DatastorePath.parse("folder/x-flat.vmdk");
    List<Runnable> misuses =
        List.of(
            () -> disks.delete(extent),
            () -> disks.move(extent, DatastorePath.parse("folder/y-flat.vmdk")),
            () -> disks.create(DatastorePath.parse("folder/y.vmdk")).close(),
            () -> disks.create(DatastorePath.parse("folder/y-flat.vmdk")).close());
    for (Runnable misuse : misuses) {
      assertThatThrownBy(misuse::run).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(disks.list(DISK.parent())).hasSize(2);
  }

  @Test
  void datastoreThatKeepsDisksItself_isNotDecoratedOnceMore() {
    assertThatThrownBy(() -> ImportingDatastore.over(disks))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void movedDiskWhoseDescriptorCannotBePlaced_staysWhereItWas() {
    BlankDisks.write(disks, DISK, new UUID(1, 1));
    List<DatastoreEntry> before = disks.list(DISK.parent());
    // The extent goes to the folder of the work, then to its place; then the descriptor.
    faults.on(Operation.MOVE).call(3).fails(ImportingDatastoreTest::dead);
    assertThatThrownBy(() -> disks.move(DISK, DatastorePath.parse("other/x.vmdk")))
        .isInstanceOf(UnavailableException.class);
    assertThat(disks.list(DISK.parent())).isEqualTo(before);
    assertThat(disks.list(DatastorePath.parse("other"))).isEmpty();
    assertThat(traces()).isEmpty();
  }
}
