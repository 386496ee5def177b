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
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What every {@link Datastore} must do. Extend it, and say how to make an empty one. */
public abstract class DatastoreContract extends DatastorePublishing {
  /** For subclasses. */
  protected DatastoreContract() {}

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

  /**
   * Where to write behind a hole: past what an int can say, unless overridden by a datastore that
   * stores holes as zeros.
   */
  protected long farPosition() {
    return 5L << 30;
  }

  @Test
  void holes_readAsZeros() {
    long far = farPosition();
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
    long far = farPosition();
    try (DatastoreWriter writer = datastore.create(path("disk"))) {
      writer.write(0, bytes("start"));
      writer.setSize(far);
      writer.commit();
    }
    assertThat(datastore.stat(path("disk")).orElseThrow().sizeBytes()).isEqualTo(far);
    assertThat(readAt("disk", 0, 7)).containsExactly('s', 't', 'a', 'r', 't', 0, 0);
    assertThat(readAt("disk", far - 1, 4)).containsExactly(0);
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
  void nextData_passesOverHolesOnly() {
    try (DatastoreWriter writer = datastore.create(path("disk"))) {
      writer.write(100, bytes("first"));
      writer.write(64 << 20, bytes("second"));
      writer.setSize(128 << 20);
      writer.commit();
    }
    try (DatastoreReader reader = datastore.open(path("disk"))) {
      assertThat(reader.nextData(0)).isBetween(0L, 100L);
      assertThat(reader.nextData(102)).isEqualTo(102);
      assertThat(reader.nextData(1 << 20)).isBetween(1L << 20, 64L << 20);
      assertThat(reader.nextData((64 << 20) + 1)).isEqualTo((64 << 20) + 1);
      assertThat(reader.nextData(65 << 20)).isBetween(65L << 20, 128L << 20);
      assertThat(reader.nextData(128 << 20)).isEqualTo(128 << 20);
      assertThat(reader.nextData(1L << 40)).isEqualTo(128 << 20);
    }
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
    assertThat(datastore.names(path("folder"))).containsExactly("B", "a", "b", "c");
  }

  @Test
  void missingThings_areMissing() {
    assertThat(isThere("no/such/thing")).isFalse();
    assertThat(datastore.list(path("no/such"))).isEmpty();
    assertThat(datastore.names(path("no/such"))).isEmpty();
    assertThatThrownBy(() -> datastore.open(path("no"))).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> datastore.read(path("no/file"))).isInstanceOf(NotFoundException.class);
  }

  @Test
  void whatLiesBelowAFile_isMissing() {
    write("file", "abc");
    assertThat(isThere("file/a/b")).isFalse();
    assertThat(datastore.list(path("file"))).isEmpty();
    assertThat(datastore.names(path("file"))).isEmpty();
    assertThat(datastore.names(path("file/a"))).isEmpty();
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
    assertThat(datastore.names(path("folder"))).containsExactly(name);
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

  // Space.

  @Test
  void space_isKnownWithOrWithoutFiles_orNeither() {
    boolean known = datastore.space().isPresent();
    write("file", "content");
    // That there is not more free than there is, and not less than nothing, is checked by the type.
    assertThat(datastore.space().isPresent()).isEqualTo(known);
  }

  // Interruption.

  @Test
  void interruptedThread_isCancelled_andStaysInterrupted() {
    write("file", "content");
    List<Runnable> operations =
        List.of(
            () -> datastore.stat(path("file")),
            () -> datastore.list(DatastorePath.ROOT),
            () -> datastore.names(DatastorePath.ROOT),
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
    assertThat(datastore.list(DatastorePath.ROOT))
        .extracting(entry -> entry.path().name())
        .contains("file")
        .doesNotContain("new", "folder", "moved");
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
}
