package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.pod.Containers;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.contract.PodLifecycleContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;

final class GuestedPodLifecycleTest extends PodLifecycleContract {
  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final MemoryDatastore datastore = MemoryDatastore.create(clock);
  private final BareHypervisor bare = new BareHypervisor(datastore, System.nanoTime());
  private final Map<Digest, Script> scripts = new ConcurrentHashMap<>();
  private final GuestedHypervisor guested =
      GuestedHypervisor.over(
          bare,
          bare.backdoor(),
          clock,
          (vm, session) -> scripts.get(Containers.imageId(vm, session.name()).orElseThrow()),
          datastore);
  private final TestRegistry registry = new TestRegistry();
  private final List<VirtualContainerHost> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(VirtualContainerHost::close);
    guested.close();
    bare.close();
  }

  @Override
  protected PodLifecycle newPods() {
    return reopen();
  }

  @Override
  protected PodLifecycle reopen() {
    VirtualContainerHost host =
        VirtualContainerHost.builder()
            .hypervisor(guested)
            .datastore(datastore)
            .imageSources(registry)
            .timeSource(clock)
            .scratchBytes(16L << 20)
            .build();
    opened.add(host);
    return host.pods();
  }

  @Override
  protected void image(String reference, Script script) {
    TestImage image = LocalHost.image(reference);
    registry.put(ImageReference.parse(reference), image);
    scripts.put(image.configDescriptor().digest(), script);
  }

  @Override
  protected void advance(Duration time) {
    clock.advance(time);
  }
}
