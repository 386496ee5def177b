package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.testkit.ImportingDatastore;
import io.vic4j.testkit.MemoryDatastore;

final class ImportedVolumeStoreTest extends VolumeStoreContract {
  @Override
  protected Datastore newDatastore() {
    return ImportingDatastore.over(MemoryDatastore.create());
  }
}
