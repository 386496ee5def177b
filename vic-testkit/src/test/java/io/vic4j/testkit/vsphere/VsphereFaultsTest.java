package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.vic4j.core.Progress;
import io.vic4j.core.VcSim;
import io.vic4j.core.VicException;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PullPolicy;
import io.vic4j.pod.VirtualContainerHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whatever goes wrong at whichever call of a container's life, it ends well or with a typed error,
 * and nothing of it stays.
 */
final class VsphereFaultsTest {
  private static VcSim sim;
  private static FaultedVsphere vsphere;
  private static VirtualContainerHost host;
  private static SortedSet<String> before;

  @BeforeAll
  static void pull() {
    sim = FaultedVsphere.startSimulator();
    vsphere = FaultedVsphere.on(sim);
    host = vsphere.host(Duration.ofHours(1));
    host.images().pull(FaultedVsphere.IMAGE, Progress.NONE);
    life();
    vsphere.tidyUp();
    before = vsphere.tree();
  }

  @AfterAll
  static void stop() {
    host.close();
    vsphere.close();
    sim.close();
  }

  private static void life() {
    ContainerVm vm =
        host.containers()
            .create(
                ContainerSpec.builder(FaultedVsphere.IMAGE)
                    .name("web")
                    .pullPolicy(PullPolicy.NEVER)
                    .build());
    vm.start();
    vm.removeForcibly();
  }

  @TestFactory
  Stream<DynamicTest> lifeWithAFault_endsWellOrIsTyped_andLeavesNothing() {
    sim.resetCalls();
    life();
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, Integer> call : vsphere.calls().entrySet()) {
      int last = Boolean.getBoolean("vic.slow") ? call.getValue() : 1;
      for (int nth = 1; nth <= last; nth++) {
        for (String kind : kinds(call.getKey())) {
          String method = call.getKey();
          int which = nth;
          tests.add(
              dynamicTest(method + " #" + nth + " " + kind, () -> faulted(method, which, kind)));
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  /** What may happen to a call; the rarer only where there is time. */
  static List<String> kinds(String method) {
    List<String> kinds =
        new ArrayList<>(List.of("drop-before", "drop-after", "truncate:20", "expire"));
    if (Boolean.getBoolean("vic.slow")) {
      kinds.add("status:503");
      kinds.add("delay:300");
    }
    if (!method.contains(" ")) {
      kinds.add("fault:NoPermission");
    }
    if (method.endsWith("_Task")) {
      kinds.add("task:GenericVmConfigFault");
    }
    return kinds;
  }

  private static void faulted(String method, int nth, String kind) {
    sim.fault(method, nth, 1, kind);
    Throwable failure = null;
    try {
      life();
    } catch (Throwable e) {
      failure = e;
    } finally {
      sim.clearFaults();
    }
    Throwable end = failure;
    assertAll(
        () -> {
          if (end != null) {
            assertThat(end).isInstanceOf(VicException.class);
          }
        },
        () -> assertThatCode(vsphere::tidyUp).doesNotThrowAnyException(),
        () -> vsphere.requireAsBefore(before));
  }
}
