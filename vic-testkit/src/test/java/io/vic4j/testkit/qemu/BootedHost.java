package io.vic4j.testkit.qemu;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.IdSource;
import io.vic4j.core.TimeSource;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.UnaryOperator;

/**
 * A host whose VMs are real: they boot the bootstrap that install-tools has built, or the one that
 * the environment's {@code VIC_BOOTSTRAP} names.
 */
public final class BootedHost implements AutoCloseable {
  private static final Path BOOTSTRAP =
      Path.of(
          Optional.ofNullable(System.getenv("VIC_BOOTSTRAP"))
              .orElse("/usr/local/lib/vic-bootstrap"));
  private static final long SCRATCH_BYTES = 64L << 20;

  final LocalDatastore datastore;
  public final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final UnaryOperator<Hypervisor> seen;
  final TimeSource time;
  private final QemuSettings settings;
  private final RegistryClient client = RegistryClient.builder().build();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private QemuHypervisor hypervisor;
  private VirtualContainerHost vch;

  public BootedHost(Path folder) {
    this(folder, UnaryOperator.identity());
  }

  /**
   * A host.
   *
   * @param seen how it sees its hypervisor
   */
  BootedHost(Path folder, UnaryOperator<Hypervisor> seen) {
    this(folder, seen, Integer.getInteger("vic.standby", 0));
  }

  /** A host of which so many machines stand by. */
  BootedHost(Path folder, int standby) {
    this(folder, UnaryOperator.identity(), standby);
  }

  private BootedHost(Path folder, UnaryOperator<Hypervisor> seen, int standby) {
    this.seen = seen;
    datastore = LocalDatastore.at(folder.resolve("store"));
    time = TimeSource.system(timer);
    settings =
        QemuSettings.of(new Bootstrap.Kernel(part("vmlinux"), part("initramfs")))
            .withProgram(ForeignTool.named("qemu-system-x86_64").program().toString())
            .withStandby(standby);
    hypervisor = QemuHypervisor.open(datastore, settings);
    vch = openHost();
  }

  private static Path part(String name) {
    Path file = BOOTSTRAP.resolve(name);
    if (!Files.exists(file)) {
      ForeignTool.missing(file + " is not there (see .ci/install-tools)");
    }
    return file;
  }

  private VirtualContainerHost openHost() {
    return VirtualContainerHost.builder()
        .hypervisor(seen.apply(hypervisor))
        .datastore(datastore)
        .imageSources(client)
        .network(NetworkAttachment.dhcp("default"))
        .scratchBytes(SCRATCH_BYTES)
        .build();
  }

  public VirtualContainerHost vch() {
    return vch;
  }

  Hypervisor hypervisor() {
    return hypervisor;
  }

  /** A container that was never started, of a shell and programs of busybox: for its layers. */
  ContainerVmSpec layersOf(String... programs) {
    TestImage image =
        TestImage.builder().layer(busybox()).layer(programs(programs).build()).build();
    return vch.containers()
        .create(
            ContainerSpec.builder(registry.add("lib/pod:1", image))
                .name("template")
                .command("/bin/sh")
                .build())
        .spec();
  }

  /** VMs beside those of the host. */
  ContainerVms otherVms() {
    return ContainerVms.over(hypervisor, "other", time, IdSource.random());
  }

  /** Ends this program's part and begins another; the VMs know nothing of it. */
  void reopen() throws Exception {
    reopen(() -> {});
  }

  /** The same, with something that happens meanwhile. */
  void reopen(Meanwhile meanwhile) throws Exception {
    vch.close();
    hypervisor.close();
    meanwhile.happens();
    hypervisor = QemuHypervisor.open(datastore, settings);
    vch = openHost();
  }

  /** What happens while no program is there. */
  interface Meanwhile {
    void happens() throws Exception;
  }

  Path vmFolder(ContainerVm vm) {
    return datastore.localPath(DatastorePath.parse("vms/" + vm.id()));
  }

  /** All that a session has printed. */
  static byte[] output(ContainerVm vm, String session) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (LogReader reader = vm.logs(session)) {
      Optional<LogEntry> entry = reader.next();
      while (entry.isPresent()) {
        byte[] content = new byte[entry.get().sizeBytes()];
        entry.get().content().get(content);
        out.writeBytes(content);
        entry = reader.next();
      }
    }
    return out.toByteArray();
  }

  static String text(ContainerVm vm, String session) {
    return new String(output(vm, session), StandardCharsets.UTF_8);
  }

  /** Debian's busybox, which needs no library. */
  static byte[] program() {
    try {
      return Files.readAllBytes(ForeignTool.named("busybox").program());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A layer of busybox: a shell, and users. */
  public static TestLayer busybox() {
    return TestLayer.builder()
        .directory("bin")
        .file("bin/busybox", program())
        .mode(0755)
        .symlink("bin/sh", "busybox")
        .directory("etc")
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\n")
        .file("etc/group", "root:x:0:\nbob:x:1001:\nwheel:x:10:root,bob\n")
        .directory("tmp")
        .mode(01777)
        .build();
  }

  /** A layer to be, of these programs of busybox. */
  public static TestLayer.Builder programs(String... names) {
    TestLayer.Builder layer = TestLayer.builder().directory("bin");
    for (String name : names) {
      layer.symlink("bin/" + name, "busybox");
    }
    return layer;
  }

  @Override
  public void close() {
    vch.close();
    hypervisor.close();
    QemuHypervisor.open(datastore, settings.stoppingOnClose()).close();
    client.close();
    timer.shutdownNow();
    registry.close();
  }
}
