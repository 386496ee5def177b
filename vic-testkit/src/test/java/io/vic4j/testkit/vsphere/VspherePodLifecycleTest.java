package io.vic4j.testkit.vsphere;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.VcSim;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.pod.Containers;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import io.vic4j.testkit.VirtualClock;
import io.vic4j.testkit.contract.PodLifecycleContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class VspherePodLifecycleTest extends PodLifecycleContract {
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

  @AfterEach
  void close() {
    opened.forEach(VirtualContainerHost::close);
    vsphere.close();
  }

  @Override
  protected PodLifecycle newPods() {
    return reopen();
  }

  @Override
  protected PodLifecycle reopen() {
    VirtualContainerHost host =
        VirtualContainerHost.builder()
            .hypervisor(hypervisor)
            .datastore(vsphere.datastore())
            .imageSources(registry)
            .timeSource(clock)
            .scratchBytes(16L << 20)
            .build();
    opened.add(host);
    return host.pods();
  }

  @Override
  protected void image(String reference, Script script) {
    TestImage image =
        TestImage.builder()
            .layer(layer -> layer.directory("etc").file("etc/os-release", "ID=test\n"))
            .layer(layer -> layer.file("image", reference + "\n"))
            .entrypoint("/bin/app")
            .label("reference", reference)
            .build();
    registry.put(ImageReference.parse(reference), image);
    scripts.put(image.configDescriptor().digest(), script);
  }

  @Override
  protected void advance(Duration time) {
    clock.advance(time);
  }
}
