package io.vic4j.testkit;

import io.vic4j.core.ImageReference;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.contract.PodLifecycleContract;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class LocalPodLifecycleTest extends PodLifecycleContract {
  @TempDir Path folder;
  private final TestRegistry registry = new TestRegistry();
  private LocalHost host;

  /** The datastore to test on; it keeps its files in that folder. */
  Datastore over(Datastore folder) {
    return folder;
  }

  @AfterEach
  void close() {
    host.close();
  }

  @Override
  protected PodLifecycle newPods() {
    host = new LocalHost(over(LocalDatastore.at(folder)), registry);
    return host.open().pods();
  }

  @Override
  protected PodLifecycle reopen() {
    return host.open().pods();
  }

  @Override
  protected void image(String reference, Script script) {
    TestImage image = LocalHost.image(reference);
    registry.put(ImageReference.parse(reference), image);
    host.runs(image, script);
  }

  @Override
  protected void advance(Duration time) {
    host.clock.advance(time);
  }
}
