package io.vic4j.testkit;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.ScriptedContainerVmContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@DiskJudge.Exempt("blank disks hold a superblock only")
final class LocalContainerVmTest extends ScriptedContainerVmContract {
  @TempDir Path folder;

  @Override
  protected Datastore newDatastore(VirtualClock clock) {
    return LocalDatastore.at(folder);
  }

  @Override
  protected Hypervisor newHypervisor(
      Datastore datastore, VirtualClock clock, ScriptSource scripts) {
    return MemoryHypervisor.create(datastore, clock, scripts);
  }
}
