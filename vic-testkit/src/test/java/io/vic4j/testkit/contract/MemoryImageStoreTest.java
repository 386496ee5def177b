package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.image.ImageStore;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.MemoryDatastore;

class MemoryImageStoreTest extends ImageStoreContract {
  private final MemoryDatastore datastore = MemoryDatastore.create();

  @Override
  protected ImageStore openStore() {
    return ImageStore.in(datastore, LayerDisks.in(datastore));
  }

  @Override
  protected Datastore datastore() {
    return datastore;
  }
}
