package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.contract.CommitContract;

final class MemoryCommitTest extends CommitContract {
  private final TestVch vch = TestVch.create();

  @Override
  protected VirtualContainerHost newHost() {
    return vch.host();
  }

  @Override
  protected Datastore datastore() {
    return vch.datastore();
  }

  @Override
  protected void image(String reference, TestImage image, Script script) {
    vch.image(reference).content(image).onlyInRegistry().runs(script);
  }

  @Override
  protected void close() {
    vch.close();
  }
}
