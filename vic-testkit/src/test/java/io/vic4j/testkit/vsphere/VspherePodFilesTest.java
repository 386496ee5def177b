package io.vic4j.testkit.vsphere;

import io.vic4j.core.IdSource;
import io.vic4j.core.ImageReference;
import io.vic4j.core.TimeSource;
import io.vic4j.core.VcSim;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import io.vic4j.testkit.contract.PodFilesContract;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** On the simulator, whose guests are scripted, and hear of files over their variables. */
final class VspherePodFilesTest extends PodFilesContract {
  private static final String IMAGE = "registry.test/web:1";

  private static VcSim sim;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final TimeSource time = TimeSource.system(timer);
  private final GuestedVsphere vsphere = new GuestedVsphere(sim);
  private final Hypervisor hypervisor =
      vsphere.hypervisor(time, (vm, session) -> Script.runsForever());
  private final TestRegistry registry = new TestRegistry();
  private final VirtualContainerHost host =
      VirtualContainerHost.builder()
          .hypervisor(hypervisor)
          .datastore(vsphere.datastore())
          .imageSources(registry)
          .timeSource(time)
          .scratchBytes(16L << 20)
          .build();
  private final ContainerVms vms =
      ContainerVms.over(hypervisor, host.name().value(), time, IdSource.random());

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
    vms.close();
    host.close();
    vsphere.close();
    timer.shutdownNow();
  }

  @Override
  protected PodLifecycle newPods() {
    return host.pods();
  }

  @Override
  protected ContainerVms vms() {
    return vms;
  }

  @Override
  protected String image() {
    registry.put(
        ImageReference.parse(IMAGE),
        TestImage.builder()
            .layer(layer -> layer.directory("etc").file("etc/os-release", "ID=test\n"))
            .entrypoint("/bin/app")
            .build());
    return IMAGE;
  }
}
