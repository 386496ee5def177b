package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.image.ImageStore;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.ImportingDatastore;
import io.vic4j.testkit.MemoryDatastore;

class ImportedImageStoreTest extends ImageStoreContract {
  private final Datastore datastore = ImportingDatastore.over(MemoryDatastore.create());

  @Override
  protected ImageStore openStore() {
    return ImageStore.in(datastore, LayerDisks.in(datastore));
  }

  @Override
  protected Datastore datastore() {
    return datastore;
  }
}
