package io.vic4j.testkit.vsphere;

import io.vic4j.core.VcSim;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.contract.PodLifecycleContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class VspherePodLifecycleTest extends PodLifecycleContract {
  private static VcSim sim;
  private final ScriptedVsphere vsphere = new ScriptedVsphere(sim);

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
    vsphere.close();
  }

  @Override
  protected PodLifecycle newPods() {
    return reopen();
  }

  @Override
  protected PodLifecycle reopen() {
    return vsphere.open().pods();
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
    vsphere.image(reference, image, script);
  }

  @Override
  protected void advance(Duration time) {
    vsphere.clock.advance(time);
  }
}
