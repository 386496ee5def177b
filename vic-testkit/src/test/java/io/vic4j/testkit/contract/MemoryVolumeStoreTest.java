package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.testkit.MemoryDatastore;

final class MemoryVolumeStoreTest extends VolumeStoreContract {
  @Override
  protected Datastore newDatastore() {
    return MemoryDatastore.create();
  }
}
