package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastoreEntry.Kind;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What every {@link Datastore} must do. Extend it, and say how to make an empty one. */
public abstract class DatastoreContract {
  private static final int RACERS = 8;
  private static final int ROUNDS = 10;

  private Datastore datastore;

  /** For subclasses. */
  protected DatastoreContract() {}

  /** A new datastore with nothing in it. */
  protected abstract Datastore newDatastore() throws Exception;

  @BeforeEach
  final void makeDatastore() throws Exception {
    datastore = newDatastore();
  }

  /** A test that interrupts its thread must not hand that on. */
  @AfterEach
  final void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  private static DatastorePath path(String text) {
    return DatastorePath.parse(text);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String file, String content) {
    try (DatastoreWriter writer = datastore.create(path(file))) {
      writer.write(0, bytes(content));
      writer.commit();
    }
  }

  private String read(String file) {
    try (InputStream in = datastore.read(path(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError("a datastore throws its own errors", e);
    }
  }

  private byte[] readAt(String file, long position, int count) {
    try (DatastoreReader reader = datastore.open(path(file))) {
      ByteBuffer target = ByteBuffer.allocate(count);
      int read = reader.read(position, target);
      assertThat(target.position()).isEqualTo(read);
      byte[] content = new byte[read];
      target.flip().get(content);
      return content;
    }
  }

  private boolean isThere(String place) {
    return datastore.stat(path(place)).isPresent();
  }

  // Writing and reading.

  @Test
  void committedFile_isReadBack() {
    write("a/b/file", "content");
    assertThat(read("a/b/file")).isEqualTo("content");
  }

  @Test
  void emptyFile_isReadBack() {
    write("empty", "");
    assertThat(read("empty")).isEmpty();
    assertThat(datastore.stat(path("empty")).orElseThrow().sizeBytes()).isZero();
  }

  @Test
  void closeWithoutCommit_deletesTheFile() {
    try (DatastoreWriter writer = datastore.create(path("a/file"))) {
      writer.write(0, bytes("content"));
    }
    assertThat(isThere("a/file")).isFalse();
  }

  @Test
  void closeAfterCommit_twice_keepsTheFile() {
    DatastoreWriter writer = datastore.create(path("file"));
    writer.write(0, bytes("content"));
    writer.commit();
    writer.close();
    writer.close();
    assertThat(read("file")).isEqualTo("content");
  }

  @Test
  void writeAfterCommit_isAMisuse() {
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.commit();
      assertThatThrownBy(() -> writer.write(0, bytes("x")))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> writer.setSize(1)).isInstanceOf(IllegalStateException.class);
    }
    assertThat(read("file")).isEmpty();
  }

  @Test
  void negativePosition_isAMisuse() {
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      assertThatThrownBy(() -> writer.write(-1, bytes("x")))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> writer.setSize(-1)).isInstanceOf(IllegalArgumentException.class);
      writer.commit();
    }
    try (DatastoreReader reader = datastore.open(path("file"))) {
      assertThatThrownBy(() -> reader.read(-1, ByteBuffer.allocate(1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void writesInAnyOrder_makeOneFile() {
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.write(3, bytes("def"));
      writer.write(0, bytes("xbc"));
      writer.write(0, bytes("a"));
      writer.commit();
    }
    assertThat(read("file")).isEqualTo("abcdef");
  }

  @Test
  void write_consumesItsBuffer() {
    ByteBuffer source = bytes("content");
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.write(0, source);
      writer.commit();
    }
    assertThat(source.hasRemaining()).isFalse();
  }

  @Test
  void holes_readAsZeros() {
    long far = 5L << 30; // Past what an int can say.
    try (DatastoreWriter writer = datastore.create(path("disk"))) {
      writer.write(far, bytes("end"));
      writer.commit();
    }
    assertThat(readAt("disk", far - 2, 10)).containsExactly(0, 0, 'e', 'n', 'd');
    assertThat(readAt("disk", 1 << 20, 4)).containsExactly(0, 0, 0, 0);
    assertThat(datastore.stat(path("disk")).orElseThrow().sizeBytes()).isEqualTo(far + 3);
  }

  @Test
  void setSize_growsByAHole() {
    try (DatastoreWriter writer = datastore.create(path("disk"))) {
      writer.write(0, bytes("start"));
      writer.setSize(8L << 30);
      writer.commit();
    }
    assertThat(datastore.stat(path("disk")).orElseThrow().sizeBytes()).isEqualTo(8L << 30);
    assertThat(readAt("disk", 0, 7)).containsExactly('s', 't', 'a', 'r', 't', 0, 0);
    assertThat(readAt("disk", (8L << 30) - 1, 4)).containsExactly(0);
  }

  @Test
  void setSize_shrinks_andWhatGrowsAgainIsZero() {
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.write(0, bytes("abcdef"));
      writer.setSize(2);
      writer.setSize(4);
      writer.commit();
    }
    assertThat(readAt("file", 0, 10)).containsExactly('a', 'b', 0, 0);
  }

  @Test
  void readPastTheEnd_givesNothing() {
    write("file", "abc");
    assertThat(readAt("file", 3, 4)).isEmpty();
    assertThat(readAt("file", 1L << 40, 4)).isEmpty();
    assertThat(readAt("file", 2, 4)).containsExactly('c');
  }

  @Test
  void reader_knowsTheSize_andClosesTwice() {
    write("file", "abc");
    DatastoreReader reader = datastore.open(path("file"));
    assertThat(reader.sizeBytes()).isEqualTo(3);
    reader.close();
    reader.close();
  }

  @Test
  void openReader_isSharedByThreads() throws Exception {
    byte[] content = new byte[1 << 20];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) ((i * 31) >> 3);
    }
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.write(0, ByteBuffer.wrap(content));
      writer.commit();
    }
    try (DatastoreReader reader = datastore.open(path("file"))) {
      race(
          racer -> {
            for (int at = racer; at < content.length; at += 7919) {
              ByteBuffer one = ByteBuffer.allocate(1);
              assertThat(reader.read(at, one)).isEqualTo(1);
              assertThat(one.get(0)).isEqualTo(content[at]);
            }
          });
    }
  }

  @Test
  void interruptionOfOneReader_doesNotDisturbTheOthers() {
    write("file", "abc");
    try (DatastoreReader reader = datastore.open(path("file"))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> reader.read(0, ByteBuffer.allocate(3)))
          .isInstanceOf(CancelledException.class);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(reader.read(0, ByteBuffer.allocate(3))).isEqualTo(3);
    }
  }

  @Test
  void largeStream_isReadWhole() throws IOException {
    byte[] content = new byte[3_000_001];
    Arrays.fill(content, (byte) 7);
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.write(0, ByteBuffer.wrap(content));
      writer.commit();
    }
    try (InputStream in = datastore.read(path("file"))) {
      assertThat(in.readAllBytes()).isEqualTo(content);
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  // What is there, and what is not.

  @Test
  void root_isAlwaysThere() {
    assertThat(datastore.stat(DatastorePath.ROOT).orElseThrow().isFolder()).isTrue();
    assertThat(datastore.list(DatastorePath.ROOT)).isEmpty();
  }

  @Test
  void stat_tellsFilesFromFolders() {
    write("folder/file", "abc");
    DatastoreEntry file = datastore.stat(path("folder/file")).orElseThrow();
    assertThat(file.kind()).isEqualTo(Kind.FILE);
    assertThat(file.path()).isEqualTo(path("folder/file"));
    assertThat(file.sizeBytes()).isEqualTo(3);
    assertThat(datastore.stat(path("folder")).orElseThrow().kind()).isEqualTo(Kind.FOLDER);
  }

  @Test
  void list_isSortedByName_andNotDeep() {
    write("folder/b", "");
    write("folder/a", "");
    write("folder/c/d", "");
    write("folder/B", "");
    assertThat(datastore.list(path("folder")))
        .extracting(entry -> entry.path().name())
        .containsExactly("B", "a", "b", "c");
  }

  @Test
  void missingThings_areMissing() {
    assertThat(isThere("no/such/thing")).isFalse();
    assertThat(datastore.list(path("no/such"))).isEmpty();
    assertThatThrownBy(() -> datastore.open(path("no"))).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> datastore.read(path("no/file"))).isInstanceOf(NotFoundException.class);
  }

  @Test
  void whatLiesBelowAFile_isMissing() {
    write("file", "abc");
    assertThat(isThere("file/a/b")).isFalse();
    assertThat(datastore.list(path("file"))).isEmpty();
    assertThat(datastore.list(path("file/a"))).isEmpty();
    assertThatThrownBy(() -> datastore.open(path("file/a"))).isInstanceOf(NotFoundException.class);
    assertThatCode(() -> datastore.delete(path("file/a/b"))).doesNotThrowAnyException();
    assertThat(read("file")).isEqualTo("abc");
  }

  @Test
  void folder_cannotBeRead() {
    datastore.createFolder(path("folder"));
    assertThatThrownBy(() -> datastore.open(path("folder"))).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> datastore.read(DatastorePath.ROOT))
        .isInstanceOf(NotFoundException.class);
  }

  @TestFactory
  Stream<DynamicTest> oddNames_areKept() {
    return Stream.of(
            "with space", "ümläut-日本", "per%cent+plus", "[brackets]", "-dash", "a'b\"c", ".hidden")
        .map(name -> DynamicTest.dynamicTest(name, () -> checkNameIsKept(name)));
  }

  private void checkNameIsKept(String name) {
    write("folder/" + name, "content");
    assertThat(read("folder/" + name)).isEqualTo("content");
    assertThat(datastore.list(path("folder")))
        .extracting(entry -> entry.path().name())
        .containsExactly(name);
    datastore.move(path("folder/" + name), path(name + "/" + name));
    assertThat(read(name + "/" + name)).isEqualTo("content");
  }

  // Making.

  @Test
  void create_whereSomethingIs_isRefused() {
    write("folder/file", "first");
    assertThatThrownBy(() -> datastore.create(path("folder/file")))
        .isInstanceOf(AlreadyExistsException.class);
    assertThatThrownBy(() -> datastore.create(path("folder")))
        .isInstanceOf(AlreadyExistsException.class);
    assertThatThrownBy(() -> datastore.create(path("folder/file/below")))
        .isInstanceOf(AlreadyExistsException.class);
    assertThat(read("folder/file")).isEqualTo("first");
  }

  @Test
  void create_atTheRoot_isRefused() {
    assertThatThrownBy(() -> datastore.create(DatastorePath.ROOT))
        .isInstanceOf(AlreadyExistsException.class);
  }

  @Test
  void createFolder_twice_isFine() {
    datastore.createFolder(path("a/b/c"));
    datastore.createFolder(path("a/b/c"));
    datastore.createFolder(DatastorePath.ROOT);
    assertThat(datastore.stat(path("a/b/c")).orElseThrow().isFolder()).isTrue();
  }

  @Test
  void createFolder_overAFile_isRefused() {
    write("file", "");
    assertThatThrownBy(() -> datastore.createFolder(path("file")))
        .isInstanceOf(AlreadyExistsException.class);
    assertThatThrownBy(() -> datastore.createFolder(path("file/below")))
        .isInstanceOf(AlreadyExistsException.class);
  }

  @Test
  void createAtOnce_oneSucceeds() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      DatastorePath file = path("round-" + round + "/file");
      List<String> winners = Collections.synchronizedList(new ArrayList<>());
      race(
          racer -> {
            try (DatastoreWriter writer = datastore.create(file)) {
              writer.write(0, bytes("racer " + racer));
              writer.commit();
              winners.add("racer " + racer);
            } catch (AlreadyExistsException e) {
              // Another one was first.
            }
          });
      assertThat(winners).hasSize(1);
      assertThat(read(file.toString())).isEqualTo(winners.get(0));
    }
  }

  // Moving.

  @Test
  void move_ofAFile_leavesNothingBehind() {
    write("tmp/file", "content");
    datastore.move(path("tmp/file"), path("a/b/file"));
    assertThat(read("a/b/file")).isEqualTo("content");
    assertThat(isThere("tmp/file")).isFalse();
  }

  @Test
  void move_ofAFolder_takesAllAlong() {
    write("tmp/work/disk", "disk");
    write("tmp/work/deep/note", "note");
    datastore.move(path("tmp/work"), path("layers/one"));
    assertThat(read("layers/one/disk")).isEqualTo("disk");
    assertThat(read("layers/one/deep/note")).isEqualTo("note");
    assertThat(isThere("tmp/work")).isFalse();
  }

  @Test
  void move_toATakenPlace_isRefused_andChangesNothing() {
    write("file", "old file");
    write("folder/content", "old folder");
    write("new", "new file");
    write("newFolder/content", "new folder");
    for (String from : List.of("new", "newFolder")) {
      for (String to : List.of("file", "folder")) {
        assertThatThrownBy(() -> datastore.move(path(from), path(to)))
            .as("move of %s to %s", from, to)
            .isInstanceOf(AlreadyExistsException.class);
      }
    }
    assertThat(read("file")).isEqualTo("old file");
    assertThat(read("folder/content")).isEqualTo("old folder");
    assertThat(read("new")).isEqualTo("new file");
    assertThat(read("newFolder/content")).isEqualTo("new folder");
  }

  @Test
  void move_ofAFolder_mayReplaceAnEmptyOne() {
    datastore.createFolder(path("empty"));
    write("full/file", "content");
    datastore.move(path("full"), path("empty"));
    assertThat(read("empty/file")).isEqualTo("content");
  }

  @Test
  void move_ofNothing_isNotFound() {
    assertThatThrownBy(() -> datastore.move(path("no/such"), path("a/place")))
        .isInstanceOf(NotFoundException.class);
    assertThat(isThere("a/place")).isFalse();
  }

  @Test
  void move_belowItself_isAMisuse() {
    write("folder/file", "content");
    assertThatThrownBy(() -> datastore.move(path("folder"), path("folder/below")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> datastore.move(path("folder"), path("folder")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(read("folder/file")).isEqualTo("content");
  }

  @Test
  void move_belowAFile_isRefused() {
    write("file", "content");
    write("other", "other");
    assertThatThrownBy(() -> datastore.move(path("other"), path("file/below")))
        .isInstanceOf(AlreadyExistsException.class);
    assertThat(read("other")).isEqualTo("other");
  }

  @Test
  void moveOfFilesToOnePlace_oneSucceeds() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      moveAtOnce("tmp/file-" + round + "-", "place/file-" + round, "");
    }
  }

  @Test
  void moveOfFoldersToOnePlace_oneSucceeds() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      moveAtOnce("tmp/folder-" + round + "-", "place/folder-" + round, "/file");
    }
  }

  private void moveAtOnce(String source, String target, String below) throws Exception {
    for (int racer = 0; racer < RACERS; racer++) {
      write(source + racer + below, "racer " + racer);
    }
    List<Integer> winners = Collections.synchronizedList(new ArrayList<>());
    race(
        racer -> {
          try {
            datastore.move(path(source + racer), path(target));
            winners.add(racer);
          } catch (AlreadyExistsException e) {
            assertThat(read(source + racer + below)).isEqualTo("racer " + racer);
          }
        });
    assertThat(winners).hasSize(1);
    assertThat(read(target + below)).isEqualTo("racer " + winners.get(0));
    assertThat(isThere(source + winners.get(0))).isFalse();
  }

  @Test
  void moveOfOneThing_byMany_oneSucceeds() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String source = "tmp/one-" + round;
      String target = "place/one-" + round + "-";
      write(source + "/file", "content");
      List<Integer> winners = Collections.synchronizedList(new ArrayList<>());
      race(
          racer -> {
            try {
              datastore.move(path(source), path(target + racer));
              winners.add(racer);
            } catch (NotFoundException e) {
              // Another one was first.
            }
          });
      assertThat(winners).hasSize(1);
      assertThat(read(target + winners.get(0) + "/file")).isEqualTo("content");
    }
  }

  // Deleting.

  @Test
  void delete_ofAFolder_deletesAllBelow() {
    write("folder/a/b", "");
    write("folder/c", "");
    write("other", "");
    datastore.delete(path("folder"));
    assertThat(isThere("folder")).isFalse();
    assertThat(isThere("folder/a/b")).isFalse();
    assertThat(isThere("other")).isTrue();
  }

  @Test
  void delete_ofNothing_doesNothing() {
    datastore.delete(path("no/such"));
    write("file", "");
    datastore.delete(path("file"));
    datastore.delete(path("file"));
    assertThat(isThere("file")).isFalse();
  }

  @Test
  void delete_ofTheRoot_isAMisuse() {
    assertThatThrownBy(() -> datastore.delete(DatastorePath.ROOT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void delete_byMany_isFine() throws Exception {
    for (int i = 0; i < 50; i++) {
      write("folder/" + i % 5 + "/" + i, "content");
    }
    race(racer -> datastore.delete(path("folder")));
    assertThat(isThere("folder")).isFalse();
  }

  @Test
  void createAfterDelete_isANewFile() {
    write("file", "old and long");
    datastore.delete(path("file"));
    write("file", "new");
    assertThat(read("file")).isEqualTo("new");
  }

  // Interruption.

  @Test
  void interruptedThread_isCancelled_andStaysInterrupted() {
    write("file", "content");
    List<Runnable> operations =
        List.of(
            () -> datastore.stat(path("file")),
            () -> datastore.list(DatastorePath.ROOT),
            () -> datastore.open(path("file")).close(),
            () -> datastore.create(path("new")).close(),
            () -> datastore.createFolder(path("folder")),
            () -> datastore.move(path("file"), path("moved")));
    for (Runnable operation : operations) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(operation::run).isInstanceOf(CancelledException.class);
      assertThat(Thread.interrupted()).as("interrupt status is kept").isTrue();
    }
    assertThat(read("file")).isEqualTo("content");
    assertThat(datastore.list(DatastorePath.ROOT)).hasSize(1);
  }

  @Test
  void interruptedWrite_isCancelled_andLeavesNothing() {
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.write(0, bytes("a"));
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> writer.write(1, bytes("b"))).isInstanceOf(CancelledException.class);
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(isThere("file")).isFalse();
  }

  @Test
  void interruptedCommit_isCancelled_andLeavesNothing() {
    try (DatastoreWriter writer = datastore.create(path("file"))) {
      writer.write(0, bytes("a"));
      Thread.currentThread().interrupt();
      assertThatThrownBy(writer::commit).isInstanceOf(CancelledException.class);
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(isThere("file")).isFalse();
  }

  @Test
  void interruptedThread_canStillDelete_forThatIsHowWorkIsRolledBack() {
    write("folder/file", "content");
    Thread.currentThread().interrupt();
    datastore.delete(path("folder"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(isThere("folder")).isFalse();
  }

  private static void race(IntConsumer racer) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(RACERS);
    try {
      CyclicBarrier start = new CyclicBarrier(RACERS);
      List<Future<?>> racers = new ArrayList<>();
      for (int i = 0; i < RACERS; i++) {
        int number = i;
        racers.add(
            executor.submit(
                () -> {
                  start.await(30, TimeUnit.SECONDS);
                  racer.accept(number);
                  return number;
                }));
      }
      for (Future<?> each : racers) {
        join(each);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private static void join(Future<?> racer) throws Exception {
    try {
      Object unused = racer.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("a racer failed", e);
    }
  }
}
