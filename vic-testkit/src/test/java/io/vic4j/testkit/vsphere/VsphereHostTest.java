package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.image.Image;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Virtual container hosts on vSphere: what they share, and what is their own. */
final class VsphereHostTest {
  private static final ImageReference APP = ImageReference.parse("registry.test/app:1");
  private final TestRegistry registry = new TestRegistry();
  private VcSim sim;
  private Vsphere first;
  private Vsphere second;

  @BeforeEach
  void open() {
    sim = VcSim.start("-hosts", "0");
    first =
        Vsphere.open(SimulatedVsphere.settings(sim).network("VM Network").root("shared").build());
    second = SimulatedVsphere.openSame(sim, first);
    registry.put(
        APP,
        TestImage.builder()
            .layer(layer -> layer.directory("etc").file("etc/os-release", "ID=test\n"))
            .entrypoint("/bin/app")
            .build());
  }

  @AfterEach
  void close() {
    second.close();
    first.close();
    sim.close();
  }

  private VirtualContainerHost host(Vsphere vsphere, String name) {
    return VirtualContainerHost.builder()
        .vsphere(vsphere)
        .name(name)
        .imageSources(registry)
        .scratchBytes(16L << 20)
        .build();
  }

  @Test
  void hosts_shareLayers_andNothingElse() {
    try (VirtualContainerHost red = host(first, "red");
        VirtualContainerHost blue = host(second, "blue")) {
      Image image = red.images().pull(APP, Progress.NONE);
      sim.resetCalls();
      Image again = blue.images().pull(APP, Progress.NONE);
      assertThat(sim.calls()).as("layers are there").doesNotContainKey("ImportVApp");
      assertThat(again.id()).isEqualTo(image.id());

      ContainerVm web = red.containers().create(ContainerSpec.builder(image).name("web").build());
      ContainerVm other =
          blue.containers().create(ContainerSpec.builder(image).name("web").build());
      assertThat(red.containers().list()).extracting(ContainerVm::id).containsExactly(web.id());
      assertThat(blue.containers().list()).extracting(ContainerVm::id).containsExactly(other.id());

      red.images().remove(image.id());
      web.remove();
      blue.images().remove(image.id());
      red.collectImages();
      DatastorePath layer = other.spec().disks().get(0).vmdk();
      assertThat(second.datastore().stat(layer)).as("used by a container of blue").isPresent();
      other.remove();
      red.collectImages();
      assertThat(second.datastore().stat(layer)).isEmpty();
    }
  }

  @Test
  void whatIsRequested_becomesShares_andWhoRequestsNothing_weighsAsAnyVm() {
    try (VirtualContainerHost host = host(first, "red")) {
      create(
          host,
          "web",
          new SessionResources(
              OptionalLong.of(1500),
              OptionalLong.empty(),
              OptionalLong.of(200L << 20),
              OptionalLong.empty()));
      create(host, "plain", SessionResources.UNLIMITED);
      ShownVm web = ShownVm.read(sim, "DC0/vm/shared/red/web");
      assertThat(web.text("cpuAllocation/shares/level")).isEqualTo("custom");
      assertThat(web.text("cpuAllocation/shares/shares")).isEqualTo("1500");
      assertThat(web.text("memoryAllocation/shares/shares")).isEqualTo("2000");
      assertThat(web.text("cpuAllocation/limit")).isEqualTo("-1");
      ShownVm plain = ShownVm.read(sim, "DC0/vm/shared/red/plain");
      assertThat(plain.text("cpuAllocation/shares/level")).isEqualTo("normal");
      assertThat(plain.text("memoryAllocation/shares/level")).isEqualTo("normal");
    }
  }

  private static void create(VirtualContainerHost host, String name, SessionResources resources) {
    ContainerVm made =
        host.containers()
            .create(ContainerSpec.builder(APP.toString()).name(name).resources(resources).build());
    assertThat(made.name()).isEqualTo(name);
  }

  @Test
  void capacityAndSpace_areThoseOfPoolAndDatastore() {
    try (VirtualContainerHost host = host(first, "red")) {
      HypervisorCapacity capacity = host.capacity();
      assertThat(capacity.cpuMhz().total()).isPositive();
      assertThat(capacity.memoryBytes().total()).isGreaterThan(1L << 30);
      assertThat(capacity.coreMhz()).isPresent();
      DatastoreSpace space = first.datastore().space().orElseThrow();
      assertThat(space.capacityBytes()).isPositive();
    }
  }
}
