package io.vic4j.core.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpoolTest {
  private static final int STRETCH = 64 * 1024;

  @TempDir Path folder;
  private final List<String> taken = new ArrayList<>();

  @AfterEach
  void nothingIsLeft() throws IOException {
    boolean unused = Thread.interrupted();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  private DiskSpool begin(DiskSpool.Target target) {
    return DiskSpool.begin(folder, target);
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }

  /** Where data may be, as {@code from-to}. */
  private static List<String> data(DatastoreReader content) {
    List<String> found = new ArrayList<>();
    long position = content.nextData(0);
    while (position < content.sizeBytes()) {
      long end = position;
      while (end < content.sizeBytes() && content.nextData(end) == end) {
        end = Math.min(content.sizeBytes(), (end / STRETCH + 1) * STRETCH);
      }
      found.add(position + "-" + end);
      position = content.nextData(end);
    }
    return found;
  }

  private void check(Consumer<DatastoreWriter> written, DiskSpool.Target expected) {
    try (DiskSpool spool =
        begin(
            content -> {
              expected.take(content);
              taken.add("once");
            })) {
      written.accept(spool);
      assertThat(taken).isEmpty();
      spool.commit();
    }
    assertThat(taken).containsExactly("once");
  }

  @Test
  void content_isWhatWasWrittenInAnyOrder() {
    check(
        spool -> {
          spool.write(1022, bytes(3, 4));
          spool.write(0, bytes(9, 2));
          spool.write(0, bytes(1));
        },
        content -> {
          ByteBuffer all = ByteBuffer.allocate(2000);
          assertThat(content.read(0, all)).isEqualTo(1024);
          assertThat(all.get(0)).isEqualTo((byte) 1);
          assertThat(all.get(1)).isEqualTo((byte) 2);
          assertThat(all.get(500)).isZero();
          assertThat(all.get(1023)).isEqualTo((byte) 4);
          assertThat(content.read(5000, ByteBuffer.allocate(1))).isZero();
        });
  }

  @Test
  void holes_areKnown_andTakeNoSpace() {
    check(
        spool -> {
          spool.write(10L << 30, bytes(1));
          spool.write(3 * STRETCH - 1, bytes(1, 2));
          spool.setSize(100L << 30);
        },
        content -> {
          assertThat(content.sizeBytes()).isEqualTo(100L << 30);
          assertThat(data(content))
              .containsExactly(
                  2 * STRETCH + "-" + 4 * STRETCH, (10L << 30) + "-" + ((10L << 30) + STRETCH));
          assertThat(content.nextData(2 * STRETCH + 5)).isEqualTo(2 * STRETCH + 5);
          assertThat(content.nextData(1L << 60)).isEqualTo(100L << 30);
          ByteBuffer hole = ByteBuffer.allocate(2);
          assertThat(content.read((100L << 30) - 2, hole)).isEqualTo(2);
          assertThat(hole.getShort(0)).isZero();
        });
  }

  @Test
  void temporaryFile_isSparse_andHasNoNameWhileItIsOpen() throws IOException {
    try (DiskSpool spool = begin(content -> {})) {
      spool.write(1L << 40, bytes(1));
      String used = ForeignTool.named("du").check("-sk", folder).text().split("\t")[0];
      assertThat(Long.parseLong(used)).isLessThan(1000);
      nothingIsLeft();
    }
  }

  @Test
  void shrunkContent_hasNoDataBehindItsEnd() {
    check(
        spool -> {
          spool.write(0, bytes(1, 2, 3));
          spool.write(5 * STRETCH, bytes(4));
          spool.setSize(2);
          spool.setSize(8 * STRETCH);
        },
        content -> {
          assertThat(data(content)).containsExactly("0-" + STRETCH);
          ByteBuffer start = ByteBuffer.allocate(3);
          content.read(0, start);
          assertThat(start.array()).containsExactly(1, 2, 0);
        });
  }

  @Test
  void targetThatFails_commitsNothing() {
    try (DiskSpool spool =
        begin(
            content -> {
              throw new UnavailableException("planned", null);
            })) {
      spool.setSize(512);
      assertThatThrownBy(spool::commit).isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void closeWithoutCommit_handsOnNothing() {
    DiskSpool spool = begin(content -> taken.add("once"));
    spool.setSize(512);
    spool.close();
    spool.close();
    assertThat(taken).isEmpty();
    assertThatThrownBy(spool::commit).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void contentThatIsReadLater_isAMisuse() {
    List<DatastoreReader> kept = new ArrayList<>();
    try (DiskSpool spool = begin(kept::add)) {
      spool.setSize(512);
      spool.commit();
      assertThatThrownBy(() -> kept.get(0).read(0, ByteBuffer.allocate(1)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void impossiblePlaces_areAMisuse() {
    try (DiskSpool spool = begin(content -> {})) {
      for (long place : new long[] {-1, 1L << 50, Long.MAX_VALUE}) {
        assertThatThrownBy(() -> spool.write(place, bytes(1)))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> spool.setSize(place)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void interruptedThread_isCancelled() {
    try (DiskSpool spool =
        begin(
            content -> {
              Thread.currentThread().interrupt();
              content.read(0, ByteBuffer.allocate(1));
            })) {
      spool.setSize(512);
      assertThatThrownBy(spool::commit).isInstanceOf(CancelledException.class);
      assertThatThrownBy(() -> spool.write(0, bytes(1))).isInstanceOf(CancelledException.class);
    }
  }

  @Test
  void folderThatIsNotThere_isNotFound() {
    assertThatThrownBy(() -> DiskSpool.begin(folder.resolve("no"), content -> {}))
        .isInstanceOf(NotFoundException.class);
  }
}
