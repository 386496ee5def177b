package io.vic4j.testkit.kubernetes;

import io.vic4j.core.ImageReference;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.TestVch;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

final class MemoryWebPodTest extends WebPodScenario {
  private final TestVch vch = TestVch.create();
  private final WebPodScripts scripts = new WebPodScripts(vch.scripts());

  @AfterEach
  void close() {
    vch.close();
  }

  @Override
  protected PodLifecycle pods() {
    vch.registry().put(ImageReference.parse(image()), WebPodScripts.image());
    return vch.host().pods();
  }

  @Override
  protected String image() {
    return "registry.test/web:1";
  }

  @Override
  protected void sicken() {
    scripts.sicken();
  }

  @Override
  protected boolean hasStreams() {
    return true;
  }

  @Override
  protected void pass(Duration time) {
    vch.clock().advance(time);
  }
}
