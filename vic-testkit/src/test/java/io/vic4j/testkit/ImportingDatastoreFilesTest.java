package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.testkit.contract.DatastoreContract;

/** What is no disk is a file as on any datastore. */
final class ImportingDatastoreFilesTest extends DatastoreContract {
  @Override
  protected Datastore newDatastore() {
    return ImportingDatastore.over(MemoryDatastore.create());
  }
}
