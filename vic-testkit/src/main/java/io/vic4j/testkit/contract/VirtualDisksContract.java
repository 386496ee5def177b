package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.DiskEncoder;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.storage.vmdk.StreamOptimizedWriter;
import io.vic4j.storage.vmdk.VmdkReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a datastore must do that keeps {@link VirtualDisks}. Extend it, and say how to make an empty
 * one, and how an import ends that nobody ends.
 */
public abstract class VirtualDisksContract extends DatastoreFixture {
  private static final DatastorePath DISK = path("a/b/disk.vmdk");
  private static final DatastorePath OTHER = path("c/other.vmdk");
  private static final long CAPACITY = 16L << 20;
  private static final DiskEncoder ENCODER =
      (content, out) -> StreamOptimizedWriter.copy(content, out, Digest.sha256("contract"));

  private VirtualDisks disks;

  /** For subclasses. */
  protected VirtualDisksContract() {}

  /**
   * Begins to import a disk into {@link #newDatastore}'s last one and stops in the middle, as a
   * program does that is killed.
   */
  protected abstract void crashImport(DatastorePath vmdk) throws Exception;

  /** What imports have elsewhere than in the datastore's folders, under whatever names. */
  protected abstract List<String> traces() throws Exception;

  /** Opens a disk's content; unless overridden, by its descriptor and extent. */
  protected DatastoreReader content(DatastorePath vmdk) {
    return VmdkReader.open(datastore, vmdk);
  }

  @BeforeEach
  final void findDisks() {
    disks = datastore.virtualDisks().orElseThrow();
  }

  private void create(DatastorePath vmdk, int seed) {
    try (DatastoreWriter writer = disks.create(vmdk, ENCODER, Progress.NONE)) {
      fill(writer, seed);
      writer.commit();
    }
  }

  private static byte[] block(int seed) {
    byte[] block = new byte[5000];
    new Random(seed).nextBytes(block);
    return block;
  }

  /** Writes here and there, last places first. */
  private static void fill(DatastoreWriter writer, int seed) {
    writer.write(9 << 20, ByteBuffer.wrap(block(seed)));
    writer.write(512, ByteBuffer.wrap(block(seed + 1)));
    writer.setSize(CAPACITY);
  }

  private void assertFilled(DatastorePath vmdk, int seed) {
    byte[] expected = new byte[(int) CAPACITY];
    System.arraycopy(block(seed), 0, expected, 9 << 20, 5000);
    System.arraycopy(block(seed + 1), 0, expected, 512, 5000);
    try (DatastoreReader content = content(vmdk)) {
      assertThat(content.sizeBytes()).isEqualTo(CAPACITY);
      ByteBuffer found = ByteBuffer.allocate((int) CAPACITY);
      assertThat(content.read(0, found)).isEqualTo((int) CAPACITY);
      assertThat(found.array()).isEqualTo(expected);
    }
  }

  private List<String> names(String folder) {
    return datastore.list(path(folder)).stream().map(entry -> entry.path().name()).toList();
  }

  private void assertNothingAt(String folder) throws Exception {
    assertThat(names(folder)).isEmpty();
    assertThat(traces()).isEmpty();
  }

  // Making.

  @Test
  void committedDisk_hasItsContent_andLeavesNoTraces() throws Exception {
    create(DISK, 1);
    assertFilled(DISK, 1);
    DatastoreEntry entry = datastore.stat(DISK).orElseThrow();
    assertThat(entry.isFolder()).isFalse();
    assertThat(names("a/b")).contains("disk.vmdk").allMatch(name -> name.startsWith("disk"));
    assertThat(traces()).isEmpty();
  }

  @Test
  void disksOfOneFolder_areKeptApart() {
    create(path("folder/one.vmdk"), 1);
    create(path("folder/two.vmdk"), 2);
    assertFilled(path("folder/one.vmdk"), 1);
    assertFilled(path("folder/two.vmdk"), 2);
  }

  @Test
  void closeWithoutCommit_leavesNothing() throws Exception {
    try (DatastoreWriter writer = disks.create(DISK, ENCODER, Progress.NONE)) {
      fill(writer, 1);
    }
    assertNothingAt("a/b");
    create(DISK, 2);
    assertFilled(DISK, 2);
  }

  @Test
  void closeAfterCommit_twice_keepsTheDisk() {
    DatastoreWriter writer = disks.create(DISK, ENCODER, Progress.NONE);
    fill(writer, 1);
    writer.commit();
    writer.close();
    writer.close();
    assertFilled(DISK, 1);
  }

  @Test
  void writeAfterCommit_isAMisuse() {
    try (DatastoreWriter writer = disks.create(DISK, ENCODER, Progress.NONE)) {
      fill(writer, 1);
      writer.commit();
      assertThatThrownBy(() -> writer.write(0, bytes("x")))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> writer.setSize(512)).isInstanceOf(IllegalStateException.class);
    }
    assertFilled(DISK, 1);
  }

  @Test
  void sizeThatNoDiskHas_isAMisuse() throws Exception {
    for (long size : new long[] {0, 1000}) {
      try (DatastoreWriter writer = disks.create(DISK, ENCODER, Progress.NONE)) {
        writer.setSize(size);
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
      }
    }
    assertNothingAt("a/b");
  }

  @Test
  void nameThatNoDiskHas_isAMisuse() {
    create(DISK, 1);
    assertThatThrownBy(() -> disks.create(path("disk"), ENCODER, Progress.NONE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> disks.copy(DISK, path("disk")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void setSize_cutsOffWhatIsBehind() {
    try (DatastoreWriter writer = disks.create(DISK, ENCODER, Progress.NONE)) {
      fill(writer, 1);
      writer.write(12 << 20, ByteBuffer.wrap(block(3)));
      writer.setSize((12 << 20) + 512);
      writer.setSize(12 << 20);
      writer.setSize(CAPACITY);
      writer.commit();
    }
    assertFilled(DISK, 1);
  }

  @Test
  void diskWithNothingOnIt_isADisk() {
    try (DatastoreWriter writer = disks.create(DISK, ENCODER, Progress.NONE)) {
      writer.setSize(CAPACITY);
      writer.commit();
    }
    try (DatastoreReader content = content(DISK)) {
      assertThat(content.sizeBytes()).isEqualTo(CAPACITY);
    }
  }

  @Test
  void failingEncoder_leavesNothing() throws Exception {
    DiskEncoder failing =
        (content, out) -> {
          out.write(new byte[100_000]);
          throw new CorruptException("planned", null);
        };
    DiskEncoder broken =
        (content, out) -> {
          throw new IOException("planned");
        };
    for (DiskEncoder encoder : List.of(failing, broken)) {
      try (DatastoreWriter writer = disks.create(DISK, encoder, Progress.NONE)) {
        fill(writer, 1);
        assertThatThrownBy(writer::commit)
            .isInstanceOf(VicException.class)
            .hasStackTraceContaining("planned");
      }
    }
    assertNothingAt("a/b");
  }

  @Test
  void takenPlace_isRefused_andLeftAsItIs() {
    create(DISK, 1);
    write("file", "content");
    assertThatThrownBy(() -> create(DISK, 2)).isInstanceOf(AlreadyExistsException.class);
    assertThatThrownBy(() -> create(path("file/disk.vmdk"), 2))
        .isInstanceOf(AlreadyExistsException.class);
    assertFilled(DISK, 1);
    assertThat(read("file")).isEqualTo("content");
  }

  @Test
  void placeThatIsTakenMeanwhile_isRefused_andLeftAsItIs() throws Exception {
    try (DatastoreWriter late = disks.create(DISK, ENCODER, Progress.NONE)) {
      fill(late, 2);
      create(DISK, 1);
      assertThatThrownBy(late::commit).isInstanceOf(AlreadyExistsException.class);
    }
    assertFilled(DISK, 1);
    assertThat(traces()).isEmpty();
  }

  @Test
  void createAtOnce_oneSucceeds() throws Exception {
    List<Integer> winners = Collections.synchronizedList(new ArrayList<>());
    race(
        racer -> {
          try {
            create(DISK, racer * 10);
            winners.add(racer);
          } catch (AlreadyExistsException e) {
            // Another one was first.
          }
        });
    assertThat(winners).hasSize(1);
    assertFilled(DISK, winners.get(0) * 10);
    assertThat(traces()).isEmpty();
  }

  // Sending.

  @Test
  void holes_areNotSent_andProgressTellsWhatIs() {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    try (DatastoreWriter writer = disks.create(DISK, ENCODER, Progress.to(events::add))) {
      writer.write(700 << 20, ByteBuffer.wrap(block(1)));
      writer.setSize(1L << 30);
      assertThat(events).isEmpty();
      writer.commit();
    }
    ProgressEvent last = events.get(events.size() - 1);
    assertThat(last.state()).isEqualTo(ProgressEvent.State.COMPLETED);
    assertThat(last.doneBytes()).isBetween(5_000L, 1_000_000L);
    assertThat(events).extracting(ProgressEvent::taskId).containsOnly(last.taskId());
    try (DatastoreReader content = content(DISK)) {
      ByteBuffer found = ByteBuffer.allocate(5000);
      content.read(700 << 20, found);
      assertThat(found.array()).isEqualTo(block(1));
      assertThat(content.sizeBytes()).isEqualTo(1L << 30);
    }
  }

  @Test
  void failedImport_isNoCompletedTask() {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    DiskEncoder failing =
        (content, out) -> {
          throw new CorruptException("planned", null);
        };
    try (DatastoreWriter writer = disks.create(DISK, failing, Progress.to(events::add))) {
      fill(writer, 1);
      assertThatThrownBy(writer::commit).isInstanceOf(CorruptException.class);
    }
    assertThat(events.get(events.size() - 1).state()).isEqualTo(ProgressEvent.State.FAILED);
  }

  // Copying.

  @Test
  void copy_isADiskOfItsOwn() throws Exception {
    create(DISK, 1);
    disks.copy(DISK, OTHER);
    assertFilled(OTHER, 1);
    assertThat(traces()).isEmpty();
    datastore.delete(DISK);
    assertFilled(OTHER, 1);
  }

  @Test
  void copyOfNothing_isNotFound() {
    assertThatThrownBy(() -> disks.copy(DISK, OTHER)).isInstanceOf(NotFoundException.class);
    datastore.createFolder(DISK.parent());
    assertThatThrownBy(() -> disks.copy(DISK, OTHER)).isInstanceOf(NotFoundException.class);
    assertThat(names("c")).isEmpty();
  }

  @Test
  void copyToATakenPlace_isRefused_andChangesNothing() {
    create(DISK, 1);
    create(OTHER, 2);
    write("file", "content");
    for (DatastorePath taken : List.of(OTHER, DISK, path("file/disk.vmdk"))) {
      assertThatThrownBy(() -> disks.copy(DISK, taken))
          .as("copy to %s", taken)
          .isInstanceOf(AlreadyExistsException.class);
    }
    assertFilled(DISK, 1);
    assertFilled(OTHER, 2);
  }

  // Moving and deleting.

  @Test
  void movedDisk_takesAllOfItselfAlong() throws Exception {
    create(DISK, 1);
    datastore.move(DISK, OTHER);
    assertFilled(OTHER, 1);
    assertNothingAt("a/b");
  }

  @Test
  void moveOfADiskToATakenPlace_isRefused_andChangesNothing() {
    create(DISK, 1);
    create(OTHER, 2);
    assertThatThrownBy(() -> datastore.move(DISK, OTHER))
        .isInstanceOf(AlreadyExistsException.class);
    assertFilled(DISK, 1);
    assertFilled(OTHER, 2);
  }

  @Test
  void movedFolder_takesItsDisksAlong() {
    create(path("tmp/half/disk.vmdk"), 1);
    create(path("tmp/half/deep/disk.vmdk"), 2);
    write("tmp/half/note", "note");
    datastore.move(path("tmp/half"), path("layers/one"));
    assertFilled(path("layers/one/disk.vmdk"), 1);
    assertFilled(path("layers/one/deep/disk.vmdk"), 2);
    assertThat(read("layers/one/note")).isEqualTo("note");
    assertThat(isThere("tmp/half")).isFalse();
    disks.copy(path("layers/one/disk.vmdk"), OTHER);
    assertFilled(OTHER, 1);
  }

  @Test
  void moveOfAFolderWithADiskToATakenPlace_isRefused_andChangesNothing() {
    create(path("one/disk.vmdk"), 1);
    create(path("two/disk.vmdk"), 2);
    assertThatThrownBy(() -> datastore.move(path("one"), path("two")))
        .isInstanceOf(AlreadyExistsException.class);
    assertFilled(path("one/disk.vmdk"), 1);
    assertFilled(path("two/disk.vmdk"), 2);
  }

  @Test
  void deletedDisk_isGoneWithAllOfItself_andItsPlaceIsFree() throws Exception {
    create(DISK, 1);
    datastore.delete(DISK);
    assertNothingAt("a/b");
    datastore.delete(DISK);
    create(DISK, 2);
    assertFilled(DISK, 2);
  }

  @Test
  void deletedFolder_takesItsDisksAlong() throws Exception {
    create(path("folder/disk.vmdk"), 1);
    create(path("folder/deep/disk.vmdk"), 2);
    datastore.delete(path("folder"));
    assertThat(isThere("folder")).isFalse();
    assertNothingAt("folder");
  }

  // Interruption.

  @Test
  void interruptedThread_isCancelled_staysInterrupted_andLeavesNothing() throws Exception {
    create(DISK, 1);
    try (DatastoreWriter writer = disks.create(OTHER, ENCODER, Progress.NONE)) {
      fill(writer, 1);
      List<Runnable> operations =
          List.of(
              () -> disks.create(OTHER, ENCODER, Progress.NONE).close(),
              () -> writer.write(0, bytes("x")),
              writer::commit,
              () -> disks.copy(DISK, OTHER),
              () -> datastore.move(DISK, OTHER));
      for (Runnable operation : operations) {
        Thread.currentThread().interrupt();
        assertThatThrownBy(operation::run).isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).as("interrupt status is kept").isTrue();
      }
    }
    assertNothingAt("c");
    assertFilled(DISK, 1);
  }

  @Test
  void interruptionWhileTheContentIsSent_isCancelled_andLeavesNothing() throws Exception {
    DiskEncoder interrupting =
        (content, out) -> {
          out.write(new byte[1000]);
          Thread.currentThread().interrupt();
          ENCODER.encode(content, out);
        };
    try (DatastoreWriter writer = disks.create(DISK, interrupting, Progress.NONE)) {
      fill(writer, 1);
      assertThatThrownBy(writer::commit).isInstanceOf(CancelledException.class);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }
    assertThat(Thread.interrupted()).isTrue();
    assertNothingAt("a/b");
  }

  @Test
  void interruptedThread_canStillDelete() throws Exception {
    create(DISK, 1);
    create(OTHER, 2);
    Thread.currentThread().interrupt();
    datastore.delete(DISK);
    datastore.delete(OTHER.parent());
    assertThat(Thread.interrupted()).isTrue();
    assertNothingAt("a/b");
    assertThat(isThere("c")).isFalse();
  }

  // Crashes.

  @Test
  void crashedImport_isNoDisk_andIsSweptOnceItIsStale() throws Exception {
    create(OTHER, 1);
    crashImport(DISK);
    assertThat(isThere(DISK.toString())).isFalse();
    assertThat(traces()).isNotEmpty();
    Instant now = now();
    disks.sweep(now, Duration.ofHours(1));
    assertThat(traces()).isNotEmpty();
    disks.sweep(now.plus(Duration.ofHours(2)), Duration.ofHours(1));
    assertThat(traces()).isEmpty();
    assertFilled(OTHER, 1);
    create(DISK, 2);
    assertFilled(DISK, 2);
  }

  private Instant now() {
    write("probe", "");
    return datastore.stat(path("probe")).orElseThrow().modified();
  }

  @Test
  void sweepWhereNothingCrashed_doesNothing() {
    create(DISK, 1);
    disks.sweep(now().plus(Duration.ofHours(2)), Duration.ofHours(1));
    assertFilled(DISK, 1);
  }
}
