package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.VcSim;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import io.vic4j.testkit.TestRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A simulator of one datastore, a connection to it, and what stands there, for tests of faults. */
final class FaultedVsphere implements AutoCloseable {
  static final ImageReference IMAGE = ImageReference.parse("registry.test/app:1");
  private static final long SCRATCH_BYTES = 16L << 20;

  /** Leases of imports whose client is gone end soon. */
  private static final String LEASE_TIMEOUT = "1s";

  private final VcSim sim;
  private final Vsphere vsphere;
  private final TestRegistry registry = new TestRegistry();

  private FaultedVsphere(VcSim sim) {
    this.sim = sim;
    this.vsphere = SimulatedVsphere.openFresh(sim);
    registry.put(IMAGE, image());
  }

  /** A simulator, which whoever starts it closes. */
  static VcSim startSimulator() {
    return VcSim.start("-hosts", "0", "-lease-timeout", LEASE_TIMEOUT);
  }

  /** A connection to folders of its own. */
  static FaultedVsphere on(VcSim sim) {
    return new FaultedVsphere(sim);
  }

  private static TestImage image() {
    return TestImage.builder()
        .layer(layer -> layer.directory("etc").file("etc/os-release", "ID=test\n"))
        .layer(layer -> layer.file("app", "app\n".repeat(10_000)))
        .entrypoint("/bin/app")
        .build();
  }

  /** The diff IDs of the image's layers. */
  static List<Digest> diffIds() {
    return image().layers().stream().map(TestLayer::diffId).toList();
  }

  VcSim sim() {
    return sim;
  }

  Vsphere vsphere() {
    return vsphere;
  }

  TestRegistry registry() {
    return registry;
  }

  VirtualContainerHost host(Duration staleAfter) {
    return VirtualContainerHost.builder()
        .hypervisor(vsphere.hypervisor())
        .datastore(vsphere.datastore())
        .imageSources(registry)
        .scratchBytes(SCRATCH_BYTES)
        .staleAfter(staleAfter)
        .build();
  }

  /** Removes the containers that are left, and what crashes leave, as any program does. */
  void tidyUp() {
    try (VirtualContainerHost left = host(Duration.ofHours(1))) {
      left.containers().list().forEach(ContainerVm::removeForcibly);
    }
    host(Duration.ZERO).close();
  }

  /** All files and folders on the datastore; those of small files by their place alone. */
  SortedSet<String> tree() {
    Path root = SimulatedVsphere.datastoreFolder(sim, vsphere);
    try (Stream<Path> all = Files.walk(root)) {
      SortedSet<String> tree = new TreeSet<>();
      all.filter(file -> !file.equals(root))
          .forEach(file -> tree.add(root.relativize(file) + (Files.isDirectory(file) ? "/" : "")));
      return tree;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The calls since the last reset, with their number. */
  Map<String, Integer> calls() {
    return new TreeMap<>(sim.calls());
  }

  /** Checks that there is on the simulator what was there before, and no more. */
  void requireAsBefore(SortedSet<String> before) {
    assertThat(sim.machines()).as("machines").isEmpty();
    assertThat(tree()).as("files").containsExactlyElementsOf(before);
  }

  @Override
  public void close() {
    vsphere.close();
  }
}
