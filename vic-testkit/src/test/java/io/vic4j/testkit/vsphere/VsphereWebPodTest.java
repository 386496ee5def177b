package io.vic4j.testkit.vsphere;

import io.vic4j.core.ImageReference;
import io.vic4j.core.VcSim;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.Scripts;
import io.vic4j.testkit.TestRegistry;
import io.vic4j.testkit.VirtualClock;
import io.vic4j.testkit.kubernetes.WebPodScenario;
import io.vic4j.testkit.kubernetes.WebPodScripts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** On the simulator, whose guests are scripted. */
final class VsphereWebPodTest extends WebPodScenario {
  private final VcSim sim = VcSim.start("-hosts", "0");
  private final GuestedVsphere vsphere = new GuestedVsphere(sim);
  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final WebPodScripts scripts = new WebPodScripts(new Scripts());
  private @Nullable VirtualContainerHost host;

  @AfterEach
  void close() {
    if (host != null) {
      host.close();
    }
    vsphere.close();
    sim.close();
  }

  @Override
  protected PodLifecycle pods() {
    TestRegistry registry = new TestRegistry();
    registry.put(ImageReference.parse(image()), WebPodScripts.image());
    host =
        VirtualContainerHost.builder()
            .hypervisor(vsphere.hypervisor(clock, scripts.scripts()))
            .datastore(vsphere.datastore())
            .imageSources(registry)
            .timeSource(clock)
            .scratchBytes(16L << 20)
            .network(NetworkAttachment.dhcp("VM Network"))
            .build();
    return host.pods();
  }

  @Override
  protected String image() {
    return "registry.test/web:1";
  }

  @Override
  protected void sicken() {
    scripts.sicken();
  }

  @Override
  protected boolean hasStreams() {
    return false;
  }

  @Override
  protected void pass(Duration time) {
    clock.advance(time);
  }
}
