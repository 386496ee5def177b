package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.VcSim;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.core.vsphere.Vsphere;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A thousand VMs: what it costs to know how they are. */
final class VsphereScaleIT {
  private static final int VMS = 1000;
  private static final String SCOPE = "scale";
  private static final int THREADS = 4;
  private static final Duration NEWS = Duration.ofSeconds(2);
  private static VcSim sim;
  private static Vsphere vsphere;

  @BeforeAll
  static void makeVms() throws Exception {
    sim = VcSim.start("-hosts", "0");
    vsphere = SimulatedVsphere.openFresh(sim);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    long begin = System.nanoTime();
    try {
      List<Future<VmRecord>> made = new ArrayList<>();
      for (int i = 0; i < VMS; i++) {
        VmDefinition definition = definition(i);
        made.add(threads.submit(() -> vsphere.hypervisor().create(definition)));
      }
      for (Future<VmRecord> one : made) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    say("made by " + THREADS + " threads", begin);
  }

  @AfterAll
  static void stop() {
    vsphere.close();
    sim.close();
  }

  private static VmDefinition definition(int number) {
    Map<String, String> variables = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      variables.put("guestinfo.vic.test." + i, "value " + i + " of VM " + number);
    }
    return new VmDefinition(
        String.format("%064x", number),
        SCOPE,
        String.format("vm-%04d", number),
        1,
        MemorySize.ofMebibytes(64),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of("main"),
        new TreeMap<>(variables));
  }

  private static void say(String what, long begin) {
    System.out.printf(
        "%d VMs: %s in %.1f ms%n", VMS, what, (System.nanoTime() - begin) / 1_000_000.0);
  }

  @Test
  void stateOfAll_isReadFromTheView_inLessThanTenMilliseconds() {
    Hypervisor hypervisor = vsphere.hypervisor();
    sim.resetCalls();
    long[] nanos = new long[301];
    for (int round = -100; round < nanos.length; round++) {
      long begin = System.nanoTime();
      List<VmRecord> all = hypervisor.list(SCOPE);
      long took = System.nanoTime() - begin;
      assertThat(all).hasSize(VMS);
      if (round >= 0) {
        nanos[round] = took;
      }
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%d VMs: state of all read in %.3f ms (median; slowest %.3f ms)%n",
        VMS, nanos[nanos.length / 2] / 1e6, nanos[nanos.length - 1] / 1e6);
    assertThat(nanos[nanos.length / 2]).isLessThan(TimeUnit.MILLISECONDS.toNanos(10));
    assertThat(sim.calls()).isEmpty();
  }

  @Test
  void secondConnection_readsAllWithFewCalls() {
    sim.resetCalls();
    long begin = System.nanoTime();
    try (Vsphere second = SimulatedVsphere.openSame(sim, vsphere)) {
      assertThat(second.hypervisor().list(SCOPE)).hasSize(VMS);
      say("second connection opened", begin);
    }
    int calls = sim.calls().values().stream().mapToInt(Integer::intValue).sum();
    System.out.println(VMS + " VMs: a connection opened and closed with " + sim.calls());
    assertThat(calls).as("far less than one for each VM").isLessThan(60);
  }

  @Test
  void idleWatch_asksNothing() {
    assertIdle(Duration.ofSeconds(5), 0);
  }

  @Test
  @EnabledIfSystemProperty(named = "vic.slow", matches = "true")
  void idleWatch_asksTwiceAMinuteAtMost() {
    assertIdle(Duration.ofSeconds(125), 4);
  }

  private static void assertIdle(Duration time, int calls) {
    settle();
    sim.resetCalls();
    Awaitility.await()
        .atMost(time.plusSeconds(30))
        .pollDelay(time)
        .untilAsserted(() -> assertThat(sum(sim.calls())).isLessThanOrEqualTo(calls));
    System.out.println(
        VMS + " VMs: calls in " + time.toSeconds() + " s of idleness: " + sim.calls());
  }

  /** Waits until nothing has been asked for a second: what went before is over. */
  private static void settle() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              boolean quiet = sim.calls().isEmpty();
              sim.resetCalls();
              return quiet;
            });
  }

  private static int sum(Map<String, Integer> calls) {
    return calls.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Test
  void changesOfAnotherConnection_areSeenSoon_withoutPolling() throws Exception {
    BlockingQueue<VmRecord> seen = new LinkedBlockingQueue<>();
    try (Vsphere other = SimulatedVsphere.openSame(sim, vsphere);
        Subscription watch = other.hypervisor().watch(SCOPE, into(seen))) {
      assertThat(watch).isNotNull();
      seen.clear();
      settle();
      String id = definition(7).id();
      Hypervisor hypervisor = vsphere.hypervisor();
      List<Long> nanos = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        boolean on = hypervisor.find(id).orElseThrow().power() == PowerState.ON;
        long begin = System.nanoTime();
        VmRecord changed = on ? hypervisor.powerOff(id) : hypervisor.powerOn(id);
        awaitPower(seen, id, changed.power());
        nanos.add(System.nanoTime() - begin);
      }
      nanos.sort(null);
      System.out.printf(
          "%d VMs: a change of power made by one connection and seen by another in %.1f ms"
              + " (median; slowest %.1f ms)%n",
          VMS, nanos.get(10) / 1e6, nanos.get(19) / 1e6);
      assertThat(sim.calls().keySet())
          .as("but for the orders only the watches' one call")
          .containsExactlyInAnyOrder("PowerOffVM_Task", "PowerOnVM_Task", "WaitForUpdatesEx");
    }
  }

  private static VmListener into(BlockingQueue<VmRecord> seen) {
    return new VmListener() {
      @Override
      public void changed(VmRecord vm) {
        seen.add(vm);
      }

      @Override
      public void vanished(String id) {}
    };
  }

  private static void awaitPower(BlockingQueue<VmRecord> seen, String id, PowerState power)
      throws InterruptedException {
    VmRecord next;
    do {
      next = seen.poll(NEWS.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(next).as("news of %s within %s", power, NEWS).isNotNull();
    } while (!next.id().equals(id) || next.power() != power);
  }
}
