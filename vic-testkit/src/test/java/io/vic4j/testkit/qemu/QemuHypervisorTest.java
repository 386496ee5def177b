package io.vic4j.testkit.qemu;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.testkit.contract.HypervisorContract;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Machines that have nothing to boot. */
@DiskJudge.Exempt("blank disks hold a superblock only")
final class QemuHypervisorTest extends HypervisorContract {
  @TempDir private Path folder;
  private @Nullable QemuHypervisor hypervisor;

  @Override
  protected Datastore newDatastore() {
    return LocalDatastore.at(folder.resolve("store"));
  }

  @Override
  protected Hypervisor newHypervisor(Datastore datastore) throws Exception {
    Path blank = Files.write(folder.resolve("blank.iso"), new byte[64 << 10]);
    String qemu = ForeignTool.named("qemu-system-x86_64").program().toString();
    QemuHypervisor fresh =
        QemuHypervisor.open(
            (LocalDatastore) datastore,
            QemuSettings.iso(blank).withProgram(qemu).stoppingOnClose());
    hypervisor = fresh;
    return fresh;
  }

  @AfterEach
  void close() {
    if (hypervisor != null) {
      hypervisor.close();
    }
  }
}
