package io.vic4j.core.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.vmware.vim25.ManagedObjectReference;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VcSim;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However often the watch of VMs breaks, nothing is missed, and nothing old is given out. */
final class VsphereReconnectTest {
  private static final String SCOPE = "scope";
  private static final Duration SOON = Duration.ofSeconds(60);
  private VcSim sim;
  private Vsphere watching;
  private Vsphere changing;

  @BeforeEach
  void open() {
    // Small pages: what is read anew comes in many pieces.
    sim = VcSim.start("-hosts", "0", "-page", "2");
    watching = Vsphere.open(Administrator.settings(sim, "vic").build());
    changing = Vsphere.open(Administrator.settings(sim, "vic").build());
  }

  @AfterEach
  void close() {
    sim.clearFaults();
    watching.close();
    changing.close();
    sim.close();
  }

  /** What a listener was told. */
  private static final class Told implements VmListener {
    private final Map<String, VmRecord> last = new ConcurrentHashMap<>();
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final List<String> vanished = new CopyOnWriteArrayList<>();

    @Override
    public void changed(VmRecord vm) {
      known.add(vm.id());
      last.put(vm.id(), vm);
    }

    @Override
    public void vanished(String id) {
      vanished.add(id);
      last.remove(id);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"drop-before", "drop-after", "truncate:40", "status:503", "expire"})
  void changesWhileTheWatchBreaks_areAllToldOf(String kind) {
    Told told = new Told();
    watching.hypervisor().watch(SCOPE, told);
    List<String> gone = changeMuch(kind);
    sim.clearFaults();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              List<VmRecord> wanted = changing.hypervisor().list(SCOPE);
              assertThat(watching.hypervisor().list(SCOPE)).isEqualTo(wanted);
              assertThat(told.last).isEqualTo(byId(wanted));
              // One that came and went while the watch was broken was never told of.
              assertThat(told.vanished)
                  .doesNotHaveDuplicates()
                  .containsExactlyInAnyOrderElementsOf(
                      gone.stream().filter(told.known::contains).toList());
            });
  }

  private static Map<String, VmRecord> byId(List<VmRecord> vms) {
    Map<String, VmRecord> byId = new TreeMap<>();
    vms.forEach(vm -> byId.put(vm.id(), vm));
    return byId;
  }

  /** Changes VMs in all ways, and breaks the watch all the while; gives those that are removed. */
  private List<String> changeMuch(String kind) {
    Hypervisor hypervisor = changing.hypervisor();
    List<String> gone = new ArrayList<>();
    List<String> there = new ArrayList<>();
    Random random = new Random(1);
    for (int number = 1; number <= 12; number++) {
      if (number % 2 == 0) {
        sim.fault("WaitForUpdatesEx", 1 + random.nextInt(3), 1, kind);
      }
      there.add(hypervisor.create(Administrator.definition(number, "vm-" + number)).id());
      String any = there.get(random.nextInt(there.size()));
      VmRecord vm = hypervisor.find(any).orElseThrow();
      hypervisor.reconfigure(
          any, Map.of("guestinfo.round", String.valueOf(number)), vm.changeVersion());
      if (vm.power() == PowerState.OFF) {
        hypervisor.powerOn(any);
      } else {
        hypervisor.powerOff(any);
      }
      if (number % 4 == 0) {
        Collections.shuffle(there, random);
        String doomed = there.remove(0);
        hypervisor.powerOff(doomed);
        hypervisor.remove(doomed);
        gone.add(doomed);
      }
    }
    return gone;
  }

  @Test
  void vmsThatAnAdministratorDestroys_vanish_andTheLoopGoesOn() {
    Told told = new Told();
    watching.hypervisor().watch(SCOPE, told);
    String doomed = watching.hypervisor().create(Administrator.definition(1, "doomed")).id();
    try (Administrator administrator = new Administrator(sim)) {
      ManagedObjectReference vm = administrator.find("DC0/vm/vic/scope/doomed");
      administrator.run(vim -> vim.destroy_Task(vm));
    }
    await().atMost(SOON).until(() -> watching.hypervisor().find(doomed).isEmpty());
    assertThat(told.vanished).containsExactly(doomed);
    String next = watching.hypervisor().create(Administrator.definition(2, "next")).id();
    watching.hypervisor().powerOn(next);
    await().atMost(SOON).until(() -> told.last.get(next).power() == PowerState.ON);
  }

  @Test
  void queries_waitForAServerThatIsAwayForAMoment() {
    String id = watching.hypervisor().create(Administrator.definition(1, "web")).id();
    sim.fault("CreateContainerView", 1, 3, "drop-before");
    sim.fault("WaitForUpdatesEx", 1, 1, "drop-before");
    changing.hypervisor().powerOn(id);
    await()
        .atMost(SOON)
        .until(() -> watching.hypervisor().find(id).orElseThrow().power() == PowerState.ON);
  }

  @Test
  void queries_failWhileTheServerIsAway_ratherThanTellWhatIsOld() {
    watching.close();
    watching =
        Vsphere.open(Administrator.settings(sim, "vic").patience(Duration.ofSeconds(1)).build());
    String id = watching.hypervisor().create(Administrator.definition(1, "web")).id();
    Told told = new Told();
    watching.hypervisor().watch(SCOPE, told);
    sim.fault("CreateContainerView", 1, 1000, "drop-before");
    sim.fault("WaitForUpdatesEx", 1, 1000, "drop-before");
    sim.expireSessions(); // So that both waits end.
    assertThatThrownBy(() -> awaitFailure(id))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("vSphere does not tell");
    assertThatThrownBy(() -> watching.hypervisor().powerOn(id))
        .isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> watching.hypervisor().list(SCOPE))
        .isInstanceOf(UnavailableException.class);
    sim.clearFaults();
    changing.close();
    changing = Vsphere.open(Administrator.settings(sim, "vic").build());
    changing.hypervisor().powerOn(id);
    await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(UnavailableException.class)
        .until(() -> watching.hypervisor().find(id).orElseThrow().power() == PowerState.ON);
    await().atMost(SOON).until(() -> told.last.get(id).power() == PowerState.ON);
    assertThat(told.vanished).isEmpty();
  }

  /** The first moments after the server has gone nobody knows of it. */
  private void awaitFailure(String id) {
    await().atMost(SOON).until(() -> watching.hypervisor().find(id).isEmpty());
  }

  @Test
  void permissionThatIsLost_opensNoSessions() {
    int before = sim.sessions();
    sim.fault("WaitForUpdatesEx", 1, 6, "fault:NoPermission");
    sim.resetCalls();
    changing.hypervisor().create(Administrator.definition(1, "web"));
    await().atMost(SOON).until(() -> sim.calls().getOrDefault("WaitForUpdatesEx", 0) > 6);
    assertThat(sim.sessions()).isEqualTo(before);
    assertThat(sim.calls()).doesNotContainKey("Login");
  }
}
