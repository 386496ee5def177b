package io.vic4j.testkit.qemu;

import io.vic4j.core.ImageReference;
import io.vic4j.core.TimeSource;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** A virtual container host over QEMU in a folder, and a registry. Closing it ends its VMs. */
final class QemuHost implements AutoCloseable {
  /** Where the guest is, as {@code .ci/install-tools} builds it. */
  static final Path BOOTSTRAP = Path.of("/usr/local/lib/vic-bootstrap");

  final LocalDatastore datastore;
  final QemuHypervisor hypervisor;
  final VirtualContainerHost vch;
  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  QemuHost(Path folder) {
    datastore = LocalDatastore.at(folder);
    hypervisor =
        QemuHypervisor.open(
            datastore,
            QemuSettings.of(
                    new Bootstrap.Kernel(
                        BOOTSTRAP.resolve("vmlinuz"), BOOTSTRAP.resolve("initramfs")))
                .stoppingOnClose());
    vch =
        VirtualContainerHost.builder()
            .hypervisor(hypervisor)
            .datastore(datastore)
            .timeSource(TimeSource.system(timer))
            .build();
  }

  /** An image of one layer that holds a static busybox, whose shell is {@code /bin/sh}. */
  static TestImage busybox() throws IOException {
    byte[] program = Files.readAllBytes(Path.of("/bin/busybox"));
    return TestImage.builder()
        .layer(
            layer ->
                layer
                    .directory("bin")
                    .file("bin/busybox", program)
                    .mode(0755)
                    .hardLink("bin/sh", "bin/busybox")
                    .symlink("bin/cat", "busybox")
                    .symlink("bin/head", "busybox")
                    .symlink("bin/sleep", "busybox")
                    .symlink("bin/ls", "busybox")
                    .symlink("bin/stty", "busybox"))
        .env("PATH", "/bin")
        .command("/bin/sh")
        .build();
  }

  /** Gives an image a name. */
  ImageReference add(String nameAndTag, TestImage image) {
    return registry.add(nameAndTag, image);
  }

  @Override
  public void close() {
    vch.close();
    hypervisor.close();
    registry.close();
    timer.shutdownNow();
  }
}
