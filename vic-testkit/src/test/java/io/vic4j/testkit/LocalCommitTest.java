package io.vic4j.testkit;

import io.vic4j.core.ImageReference;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.contract.CommitContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class LocalCommitTest extends CommitContract {
  @TempDir Path folder;
  private final TestRegistry registry = new TestRegistry();
  private LocalHost host;

  @Override
  protected VirtualContainerHost newHost() {
    host = new LocalHost(folder, registry);
    return host.open();
  }

  @Override
  protected Datastore datastore() {
    return LocalDatastore.at(folder);
  }

  @Override
  protected void image(String reference, TestImage image, Script script) {
    registry.put(ImageReference.parse(reference), image);
    host.runs(image, script);
  }

  @Override
  protected void close() {
    host.close();
  }
}
