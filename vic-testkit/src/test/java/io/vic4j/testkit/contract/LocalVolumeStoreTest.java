package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class LocalVolumeStoreTest extends VolumeStoreContract {
  @TempDir Path folder;

  @Override
  protected Datastore newDatastore() {
    return LocalDatastore.at(folder);
  }
}
