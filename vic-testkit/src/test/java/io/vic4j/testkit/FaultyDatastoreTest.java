package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.testkit.FaultPlan.Operation;
import io.vic4j.testkit.contract.DatastoreContract;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class FaultyDatastoreTest extends DatastoreContract {
  private static final DatastorePath FROM = DatastorePath.parse("from");
  private static final DatastorePath TO = DatastorePath.parse("to");

  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final FaultPlan faults = FaultPlan.by(clock);
  private final Datastore datastore = FaultyDatastore.over(MemoryDatastore.create(clock), faults);

  @Override
  protected Datastore newDatastore() {
    return FaultyDatastore.over(MemoryDatastore.create(), FaultPlan.by(clock));
  }

  @Test
  void nthCall_fails_andHasDoneNothing() {
    faults.on(Operation.CREATE_FOLDER).call(2).fails(FaultyDatastoreTest::pulledCable);
    datastore.createFolder(FROM);
    assertThatThrownBy(() -> datastore.createFolder(TO)).isInstanceOf(UnavailableException.class);
    assertThat(datastore.stat(TO)).isEmpty();
    datastore.createFolder(TO);
    assertThat(faults.calls(Operation.CREATE_FOLDER)).isEqualTo(3);
  }

  @Test
  void lostAnswer_fails_butHasDoneIt() {
    datastore.createFolder(FROM);
    faults.on(Operation.MOVE).call(1).losesAnswer(FaultyDatastoreTest::pulledCable);
    assertThatThrownBy(() -> datastore.move(FROM, TO)).isInstanceOf(UnavailableException.class);
    assertThat(datastore.stat(TO)).isPresent();
  }

  @Test
  void fullDisk_failsTheWrite_andRollsBack() {
    faults.on(Operation.WRITE).everyCall().fails(() -> new OutOfSpaceException("full", null));
    assertThatThrownBy(
            () -> {
              try (DatastoreWriter writer = datastore.create(TO)) {
                writer.write(0, ByteBuffer.allocate(1));
                writer.commit();
              }
            })
        .isInstanceOf(OutOfSpaceException.class);
    assertThat(datastore.stat(TO)).isEmpty();
  }

  @Test
  void delay_passesOnTheClock() {
    faults.on(Operation.STAT).everyCall().delays(Duration.ofSeconds(5));
    assertThat(datastore.stat(TO)).isEmpty();
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(5));
  }

  @Test
  void capabilities_arePassedThrough_andMayFail() {
    assertThat(datastore.virtualDisks()).isEmpty();
    assertThat(datastore.space()).isEmpty();
    Datastore capable =
        FaultyDatastore.over(
            ImportingDatastore.over(MemoryDatastore.create(clock, 1 << 20)), faults);
    assertThat(capable.space()).isPresent();
    faults.on(Operation.SPACE).everyCall().fails(FaultyDatastoreTest::pulledCable);
    assertThatThrownBy(capable::space).isInstanceOf(UnavailableException.class);
    faults.on(Operation.COPY_DISK).everyCall().fails(FaultyDatastoreTest::pulledCable);
    assertThatThrownBy(() -> capable.virtualDisks().orElseThrow().copy(FROM, TO))
        .isInstanceOf(UnavailableException.class);
    faults.on(Operation.SWEEP_DISKS).everyCall().fails(FaultyDatastoreTest::pulledCable);
    assertThatThrownBy(
            () -> capable.virtualDisks().orElseThrow().sweep(clock.instant(), Duration.ZERO))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void clearedPlan_letsAllPass() {
    faults.on(Operation.STAT).everyCall().fails(FaultyDatastoreTest::pulledCable);
    faults.clear();
    assertThat(datastore.stat(TO)).isEmpty();
  }

  private static UnavailableException pulledCable() {
    return new UnavailableException("the cable is pulled", null);
  }
}
