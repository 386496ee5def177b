package io.vic4j.testkit;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@DiskJudge.Exempt("the disks hold no file systems")
final class ImportingFolderTest extends ImportingDatastoreTest {
  @TempDir Path folder;

  @Override
  Datastore files() {
    return LocalDatastore.at(folder);
  }
}
