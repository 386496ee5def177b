package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;

/** Pods on a datastore that keeps virtual disks; what stands there is judged as ever. */
final class ImportedPodLifecycleTest extends LocalPodLifecycleTest {
  @Override
  Datastore over(Datastore folder) {
    return ImportingDatastore.over(folder);
  }
}
