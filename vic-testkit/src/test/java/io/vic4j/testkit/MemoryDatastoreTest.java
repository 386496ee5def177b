package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.testkit.contract.DatastoreContract;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class MemoryDatastoreTest extends DatastoreContract {
  private static final DatastorePath DISK = DatastorePath.parse("disk");

  @Override
  protected Datastore newDatastore() {
    return MemoryDatastore.create();
  }

  @Test
  void largeDisk_takesOnlyWhatIsWritten() {
    MemoryDatastore datastore = MemoryDatastore.create();
    try (DatastoreWriter writer = datastore.create(DISK)) {
      writer.setSize(8L << 30);
      writer.write(4L << 30, ByteBuffer.wrap(new byte[] {1}));
      writer.write(1L << 30, ByteBuffer.allocate(1 << 20));
      writer.commit();
    }
    assertThat(datastore.usedBytes()).isEqualTo(4 * 1024);
  }

  @Test
  void fullDatastore_refusesWrites_andDeletingMakesRoom() {
    MemoryDatastore datastore = MemoryDatastore.create(VirtualClock.manual(), 128 * 1024);
    write(datastore, DatastorePath.parse("first"), 128 * 1024);
    assertThatThrownBy(() -> write(datastore, DISK, 1)).isInstanceOf(OutOfSpaceException.class);
    assertThat(datastore.stat(DISK)).isEmpty();
    datastore.delete(DatastorePath.parse("first"));
    assertThat(datastore.usedBytes()).isZero();
    write(datastore, DISK, 128 * 1024);
  }

  @Test
  void space_isWhatTheCapacityLeaves() {
    MemoryDatastore datastore = MemoryDatastore.create(VirtualClock.manual(), 192 * 1024);
    write(datastore, DISK, 1);
    assertThat(datastore.space()).contains(new DatastoreSpace(192 * 1024, 188 * 1024));
    assertThat(MemoryDatastore.create().space()).isEmpty();
  }

  @Test
  void rolledBackFile_takesNothing() {
    MemoryDatastore datastore = MemoryDatastore.create();
    try (DatastoreWriter writer = datastore.create(DISK)) {
      writer.write(0, ByteBuffer.wrap(new byte[] {1}));
    }
    assertThat(datastore.usedBytes()).isZero();
  }

  @Test
  void files_bearTheTimeOfTheClock() {
    VirtualClock clock = VirtualClock.manual();
    MemoryDatastore datastore = MemoryDatastore.create(clock);
    clock.advance(Duration.ofHours(1));
    write(datastore, DISK, 1);
    assertThat(datastore.stat(DISK).orElseThrow().modified())
        .isEqualTo(VirtualClock.START.plusSeconds(3600));
  }

  private static void write(Datastore datastore, DatastorePath file, int count) {
    byte[] content = new byte[count];
    Arrays.fill(content, (byte) 1);
    try (DatastoreWriter writer = datastore.create(file)) {
      writer.write(0, ByteBuffer.wrap(content));
      writer.commit();
    }
  }
}
