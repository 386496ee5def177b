package io.vic4j.testkit;

import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.contract.PodLifecycleContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

final class MemoryPodLifecycleTest extends PodLifecycleContract {
  private final TestVch vch = TestVch.create();

  @AfterEach
  void close() {
    vch.close();
  }

  @Override
  protected PodLifecycle newPods() {
    return vch.host().pods();
  }

  @Override
  protected PodLifecycle reopen() {
    return vch.reopen().pods();
  }

  @Override
  protected void image(String reference, Script script) {
    vch.image(reference).onlyInRegistry().runs(script);
  }

  @Override
  protected void advance(Duration time) {
    vch.clock().advance(time);
  }
}
