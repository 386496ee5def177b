package io.vic4j.testkit;

import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.contract.VolumesContract;

class MemoryVolumesTest extends VolumesContract {
  private final TestVch vch = newVch();

  TestVch newVch() {
    return TestVch.create();
  }

  @Override
  protected void close() {
    vch.close();
  }

  @Override
  protected VirtualContainerHost newHost() {
    return vch.host();
  }

  @Override
  protected VirtualContainerHost reopen() {
    return vch.reopen();
  }

  @Override
  protected void image(String reference, TestImage image, Script script) {
    vch.image(reference).content(image).onlyInRegistry().runs(script);
  }
}
