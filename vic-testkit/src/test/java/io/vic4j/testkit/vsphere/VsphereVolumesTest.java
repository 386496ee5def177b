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
import io.vic4j.testkit.contract.VolumesContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class VsphereVolumesTest extends VolumesContract {
  private static VcSim sim;
  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final Map<Digest, Script> scripts = new ConcurrentHashMap<>();
  private final TestRegistry registry = new TestRegistry();
  private final List<VirtualContainerHost> opened = new ArrayList<>();
  private final GuestedVsphere vsphere = new GuestedVsphere(sim);
  private final Hypervisor hypervisor =
      vsphere.hypervisor(
          clock,
          (vm, session) -> scripts.get(Containers.imageId(vm, session.name()).orElseThrow()));

  @BeforeAll
  static void start() {
    sim = VcSim.start("-hosts", "0");
  }

  @AfterAll
  static void stop() {
    sim.close();
  }

  @Override
  protected void close() {
    opened.forEach(VirtualContainerHost::close);
    vsphere.close();
  }

  @Override
  protected boolean canAskGuests() {
    return false;
  }

  @Override
  protected VirtualContainerHost newHost() {
    return reopen();
  }

  @Override
  protected VirtualContainerHost reopen() {
    VirtualContainerHost host =
        VirtualContainerHost.builder()
            .hypervisor(hypervisor)
            .datastore(vsphere.datastore())
            .imageSources(registry)
            .timeSource(clock)
            .scratchBytes(16L << 20)
            .volumeBytes(16L << 20)
            .build();
    opened.add(host);
    return host;
  }

  @Override
  protected void image(String reference, TestImage image, Script script) {
    registry.put(ImageReference.parse(reference), image);
    scripts.put(image.configDescriptor().digest(), script);
  }
}
