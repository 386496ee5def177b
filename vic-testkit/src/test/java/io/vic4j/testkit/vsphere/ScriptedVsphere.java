package io.vic4j.testkit.vsphere;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.VcSim;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.pod.Containers;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import io.vic4j.testkit.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Hosts over the simulator, one after the other, where each image's process follows a script. */
final class ScriptedVsphere implements AutoCloseable {
  private static final long SCRATCH_BYTES = 16L << 20;

  final VirtualClock clock = VirtualClock.selfAdvancing();
  private final Map<Digest, Script> scripts = new ConcurrentHashMap<>();
  private final TestRegistry registry = new TestRegistry();
  private final List<VirtualContainerHost> opened = new ArrayList<>();
  private final GuestedVsphere vsphere;
  private final Hypervisor hypervisor;

  ScriptedVsphere(VcSim sim) {
    vsphere = new GuestedVsphere(sim);
    hypervisor =
        vsphere.hypervisor(
            clock,
            (vm, session) -> scripts.get(Containers.imageId(vm, session.name()).orElseThrow()));
  }

  /** Another host over the same VMs; it is closed with this. */
  VirtualContainerHost open() {
    VirtualContainerHost host =
        VirtualContainerHost.builder()
            .hypervisor(hypervisor)
            .datastore(vsphere.datastore())
            .imageSources(registry)
            .timeSource(clock)
            .scratchBytes(SCRATCH_BYTES)
            .volumeBytes(SCRATCH_BYTES)
            .build();
    opened.add(host);
    return host;
  }

  void image(String reference, TestImage image, Script script) {
    registry.put(ImageReference.parse(reference), image);
    scripts.put(image.configDescriptor().digest(), script);
  }

  @Override
  public void close() {
    opened.forEach(VirtualContainerHost::close);
    vsphere.close();
  }
}
