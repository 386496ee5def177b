package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.testkit.contract.DatastoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalDatastoreTest extends DatastoreContract {
  @TempDir Path folder;

  @Override
  protected Datastore newDatastore() {
    return LocalDatastore.at(folder.resolve("store"));
  }

  @Test
  void space_isThatOfTheFileSystem() throws IOException {
    DatastoreSpace space = LocalDatastore.at(folder).space().orElseThrow();
    assertThat(space.capacityBytes()).isEqualTo(Files.getFileStore(folder).getTotalSpace());
  }

  @Test
  void foreignFileWithAnImpossibleName_doesNotSpoilTheList() throws IOException {
    Path store = folder.resolve("foreign");
    Datastore datastore = LocalDatastore.at(store);
    Files.createFile(store.resolve("back\\slash"));
    Files.createFile(store.resolve("plain"));
    assertThat(datastore.list(DatastorePath.ROOT))
        .extracting(entry -> entry.path().name())
        .containsExactly("plain");
  }
}
