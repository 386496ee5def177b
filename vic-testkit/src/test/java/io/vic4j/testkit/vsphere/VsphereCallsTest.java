package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.IdSource;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.testkit.BlankDisks;
import io.vic4j.testkit.VirtualClock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What things cost in calls to vSphere, as the simulator counts them. */
final class VsphereCallsTest {
  private static final UUID LAYER_ID = new UUID(1, 1);
  private static final DatastorePath LAYER = DatastorePath.parse("layers/one/layer.vmdk");
  private static final long SCRATCH_BYTES = 64L << 20;
  private static VcSim sim;
  private Vsphere vsphere;
  private ContainerVms vms;

  @BeforeAll
  static void startSimulator() {
    sim = VcSim.start("-hosts", "0");
  }

  @AfterAll
  static void stopSimulator() {
    sim.close();
  }

  @BeforeEach
  void open() {
    vsphere = SimulatedVsphere.openFresh(sim);
    vms =
        ContainerVms.over(
            vsphere.hypervisor(), "calls", VirtualClock.selfAdvancing(), IdSource.random());
    BlankDisks.write(vsphere.datastore(), LAYER, LAYER_ID);
  }

  @AfterEach
  void close() {
    vms.close();
    vsphere.close();
  }

  private ContainerVm createAndStart(String name) {
    ScratchDisk scratch =
        ScratchDisks.in(vsphere.datastore())
            .create(
                DatastorePath.parse("containers/" + name),
                "scratch",
                SCRATCH_BYTES,
                ScratchDisks.fileSystemUuid(1));
    ContainerVm vm =
        vms.create(
            ContainerVmSpec.builder(name)
                .memory(MemorySize.ofMebibytes(64))
                .disk(DiskAttachment.layer(LAYER, LAYER_ID))
                .disk(DiskAttachment.scratch(scratch.path(), scratch.fileSystemUuid()))
                .network(NetworkAttachment.dhcp("VM Network"))
                .session(
                    SessionSpec.builder("main")
                        .layers(List.of(LAYER_ID))
                        .scratch(scratch.fileSystemUuid())
                        .argv("/bin/true")
                        .build())
                .build());
    vm.start();
    return vm;
  }

  /** The calls of the API since the last reset, but for those of the one loop that all share. */
  private static Map<String, Integer> orders() {
    Map<String, Integer> calls = new TreeMap<>(sim.calls());
    calls.remove("WaitForUpdatesEx");
    calls.keySet().removeIf(call -> call.contains("/"));
    return calls;
  }

  @Test
  void creatingAndStartingAVm_costsSixCallsAtMost_andOneForItsNewDisk() {
    createAndStart("first"); // Finds folder and network, and makes the template of scratch disks.
    sim.resetCalls();
    createAndStart("second");
    Map<String, Integer> orders = orders();
    assertThat(orders.values().stream().mapToInt(Integer::intValue).sum())
        .as("calls: %s", orders)
        .isLessThanOrEqualTo(6 + 1);
    System.out.println("create and start, one new disk: " + orders);
  }

  @Test
  void queries_costNoCalls() {
    ContainerVm vm = createAndStart("web");
    sim.resetCalls();
    for (int i = 0; i < 100; i++) {
      vm.status();
      assertThat(vms.find("web")).isPresent();
      assertThat(vms.list()).hasSize(1);
    }
    assertThat(orders()).isEmpty();
  }
}
