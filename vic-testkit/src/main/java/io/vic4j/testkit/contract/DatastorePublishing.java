package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The part of {@link DatastoreContract} about who wins: making, moving and deleting at once. */
abstract class DatastorePublishing extends DatastoreFixture {
  private static final int ROUNDS = 10;

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
    write("tmp/half/disk", "disk");
    write("tmp/half/deep/note", "note");
    datastore.move(path("tmp/half"), path("layers/one"));
    assertThat(read("layers/one/disk")).isEqualTo("disk");
    assertThat(read("layers/one/deep/note")).isEqualTo("note");
    assertThat(isThere("tmp/half")).isFalse();
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
  void move_ofAFolderToAnEmptyOne_replacesItOrIsRefused() {
    datastore.createFolder(path("empty"));
    write("full/file", "content");
    boolean refused = false;
    try {
      datastore.move(path("full"), path("empty"));
    } catch (AlreadyExistsException e) {
      refused = true;
    }
    assertThat(isThere("empty/file")).isEqualTo(!refused);
    assertThat(isThere("full")).isEqualTo(refused);
    assertThat(read(refused ? "full/file" : "empty/file")).isEqualTo("content");
    assertThat(isThere("empty")).isTrue();
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
}
