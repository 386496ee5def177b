package io.vic4j.testkit;

import io.vic4j.core.IdSource;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.contract.PodFilesContract;
import org.junit.jupiter.api.AfterEach;

final class MemoryPodFilesTest extends PodFilesContract {
  private final TestVch vch = TestVch.create();
  private final ContainerVms vms =
      ContainerVms.over(
          vch.hypervisor(), vch.host().name().value(), vch.clock(), IdSource.random());

  @AfterEach
  void close() {
    vms.close();
    vch.close();
  }

  @Override
  protected PodLifecycle newPods() {
    return vch.host().pods();
  }

  @Override
  protected ContainerVms vms() {
    return vms;
  }

  @Override
  protected String image() {
    return vch.image("registry.test/web:1").runs(Script.runsForever()).toString();
  }
}
