package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.testkit.FaultPlan.Operation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scratch disks on a datastore that keeps virtual disks: copies of templates. */
final class ImportedScratchDisksTest {
  private static final long CAPACITY = 16L << 20;
  private static final UUID ID = ScratchDisks.fileSystemUuid(1);
  private static final DatastorePath TEMPLATE =
      DatastorePath.parse("scratch/" + CAPACITY + "-" + ID + "/scratch.vmdk");

  @TempDir Path folder;
  private final FaultPlan faults = FaultPlan.by(VirtualClock.manual());

  private LocalDatastore files() {
    return LocalDatastore.at(folder.resolve("imported"));
  }

  private Datastore datastore() {
    return FaultyDatastore.over(ImportingDatastore.over(files()), faults);
  }

  private static ScratchDisk create(ScratchDisks disks, String name) {
    return disks.create(DatastorePath.parse("containers/" + name), "scratch", CAPACITY, ID);
  }

  private Map<Operation, Long> calls() {
    Map<Operation, Long> calls = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      calls.put(operation, faults.calls(operation));
    }
    return calls;
  }

  @Test
  void disk_hasTheSameContentAsElsewhere() {
    ScratchDisk imported = create(ScratchDisks.in(datastore()), "one");
    LocalDatastore plain = LocalDatastore.at(folder.resolve("plain"));
    assertThat(create(ScratchDisks.in(plain), "one")).isEqualTo(imported);
    assertThat(files().localPath(imported.extentPath()))
        .hasSameBinaryContentAs(plain.localPath(imported.extentPath()));
  }

  @Test
  void firstDisk_leavesATemplate_andNothingElse() {
    create(ScratchDisks.in(datastore()), "one");
    assertThat(files().stat(TEMPLATE)).isPresent();
    assertThat(files().list(DatastorePath.parse("scratch"))).hasSize(1);
    assertThat(files().list(DatastorePath.parse("containers/one"))).hasSize(2);
    assertThat(files().list(DatastorePath.parse("tmp"))).isEmpty();
  }

  @Test
  void furtherDisks_takeOneCopyEach_forWhoeverMakesThem() {
    create(ScratchDisks.in(datastore()), "one");
    Map<Operation, Long> before = calls();
    create(ScratchDisks.in(datastore()), "two");
    Map<Operation, Long> after = calls();
    assertThat(after.get(Operation.COPY_DISK)).isEqualTo(before.get(Operation.COPY_DISK) + 1);
    before.remove(Operation.COPY_DISK);
    after.remove(Operation.COPY_DISK);
    assertThat(after).isEqualTo(before);
  }

  @Test
  void templates_differByCapacityAndFileSystem() {
    ScratchDisks disks = ScratchDisks.in(datastore());
    DatastorePath place = DatastorePath.parse("containers/one");
    disks.create(place, "a", CAPACITY, ID);
    disks.create(place, "b", CAPACITY + 4096, ID);
    disks.create(place, "c", CAPACITY, ScratchDisks.fileSystemUuid(2));
    disks.create(place, "d", CAPACITY + 1, ScratchDisks.fileSystemUuid(2));
    assertThat(files().list(DatastorePath.parse("scratch")))
        .extracting(entry -> entry.path().name())
        .containsExactlyInAnyOrder(
            CAPACITY + "-" + ID,
            CAPACITY + 4096 + "-" + ID,
            CAPACITY + "-" + ScratchDisks.fileSystemUuid(2),
            CAPACITY + 4096 + "-" + ScratchDisks.fileSystemUuid(2));
  }

  @Test
  void templateThatIsGone_isMadeAnew() {
    ScratchDisks disks = ScratchDisks.in(datastore());
    create(disks, "one");
    datastore().delete(TEMPLATE.parent());
    create(disks, "two");
    assertThat(files().stat(TEMPLATE)).isPresent();
  }

  @Test
  void templateThatIsGoneInPart_isMadeAnew() {
    ScratchDisks disks = ScratchDisks.in(datastore());
    create(disks, "one");
    // Only the descriptor: a folder with something in it stays.
    files().delete(TEMPLATE);
    create(disks, "two");
    assertThat(files().stat(TEMPLATE)).isPresent();
    assertThat(files().list(DatastorePath.parse("tmp"))).isEmpty();
  }

  @Test
  void manyAtOnce_getTheirDisks_ofOneTemplate() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      // Two programs, with several threads each.
      List<ScratchDisks> programs =
          List.of(ScratchDisks.in(datastore()), ScratchDisks.in(datastore()));
      List<Callable<ScratchDisk>> calls = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        String name = "disk-" + i;
        ScratchDisks program = programs.get(i % 2);
        calls.add(() -> create(program, name));
      }
      for (Future<ScratchDisk> disk : threads.invokeAll(calls)) {
        assertThat(files().stat(disk.get().path())).isPresent();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(files().list(DatastorePath.parse("scratch"))).hasSize(1);
    assertThat(files().list(DatastorePath.parse("tmp"))).isEmpty();
  }

  @Test
  void failedStep_leavesNothing_andARetrySucceeds() {
    List<Operation> steps =
        Arrays.asList(
            Operation.COPY_DISK,
            Operation.CREATE_DISK,
            Operation.WRITE,
            Operation.COMMIT,
            Operation.STAT,
            Operation.MOVE);
    for (Operation step : steps) {
      datastore().delete(TEMPLATE.parent());
      ScratchDisks disks = ScratchDisks.in(datastore());
      faults.on(step).call(1).fails(() -> new UnavailableException("planned", null));
      assertThatThrownBy(() -> create(disks, step.toString()))
          .as(step.toString())
          .isInstanceOf(UnavailableException.class);
      assertThat(files().list(DatastorePath.parse("containers/" + step))).isEmpty();
      assertThat(files().list(DatastorePath.parse("tmp"))).isEmpty();
      create(disks, step.toString());
    }
  }

  @Test
  void takenPlace_isLeftAsItIs() {
    ScratchDisks disks = ScratchDisks.in(datastore());
    create(disks, "one");
    List<DatastoreEntry> before = files().list(DatastorePath.parse("containers/one"));
    assertThatThrownBy(() -> create(disks, "one")).isInstanceOf(AlreadyExistsException.class);
    assertThat(files().list(DatastorePath.parse("containers/one"))).isEqualTo(before);
  }

  @Test
  void capacityThatCannotBeSent_isRefusedByName() {
    ScratchDisks disks = ScratchDisks.in(datastore());
    DatastorePath place = DatastorePath.parse("containers/one");
    assertThatThrownBy(() -> disks.create(place, "scratch", (2L << 40) + 1, ID))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("at most 2 TiB");
    assertThatThrownBy(() -> disks.create(place, "scratch", 1, ID))
        .isInstanceOf(InvalidArgumentException.class);
    assertThat(files().list(DatastorePath.ROOT)).isEmpty();
  }
}
