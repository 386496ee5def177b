package io.vic4j.testkit;

import io.vic4j.core.ImageReference;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.contract.VolumesContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class LocalVolumesTest extends VolumesContract {
  @TempDir Path folder;
  private final TestRegistry registry = new TestRegistry();
  private LocalHost host;

  @Override
  protected void close() {
    host.close();
  }

  @Override
  protected VirtualContainerHost newHost() {
    host = new LocalHost(folder, registry);
    return host.open();
  }

  @Override
  protected VirtualContainerHost reopen() {
    return host.open();
  }

  @Override
  protected void image(String reference, TestImage image, Script script) {
    registry.put(ImageReference.parse(reference), image);
    host.runs(image, script);
  }
}
