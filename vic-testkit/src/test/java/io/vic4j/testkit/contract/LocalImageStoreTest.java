package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.ImageStore;
import io.vic4j.storage.LayerDisks;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LocalImageStoreTest extends ImageStoreContract {
  @TempDir Path folder;

  @Override
  protected ImageStore openStore() {
    LocalDatastore datastore = LocalDatastore.at(folder);
    return ImageStore.in(datastore, LayerDisks.in(datastore));
  }

  @Override
  protected Datastore datastore() {
    return LocalDatastore.at(folder);
  }
}
