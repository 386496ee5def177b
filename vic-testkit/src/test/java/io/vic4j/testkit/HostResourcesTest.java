package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class HostResourcesTest {
  private static final HostResources SMALL =
      HostResources.of(4, 2_500, MemorySize.ofMebibytes(1024));

  private int lastVm;

  private static MemoryHypervisor hypervisor(HostResources resources) {
    return MemoryHypervisor.create(
        MemoryDatastore.create(), VirtualClock.manual(), new Scripts(), Duration.ZERO, resources);
  }

  private String create(MemoryHypervisor hypervisor, int cpus, int mebibytes) {
    lastVm++;
    String id = String.format("%064x", lastVm);
    return hypervisor
        .create(
            new VmDefinition(
                id,
                "test",
                "vm-" + lastVm,
                cpus,
                MemorySize.ofMebibytes(mebibytes),
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                new TreeMap<>()))
        .id();
  }

  @Test
  void capacity_isGenerousUnlessToldOtherwise() {
    try (TestVch vch = TestVch.create()) {
      HypervisorCapacity capacity = vch.host().capacity();
      assertThat(capacity.cpuMhz().allocatable()).isEqualTo(32_000);
      assertThat(capacity.memoryBytes().allocatable()).isEqualTo(64L << 30);
      assertThat(capacity.coreMhz()).hasValue(2_000);
    }
  }

  @Test
  void use_isWhatVmsThatAreOnWereGiven() {
    MemoryHypervisor hypervisor = hypervisor(SMALL);
    String first = create(hypervisor, 2, 256);
    String second = create(hypervisor, 1, 512);
    assertThat(hypervisor.capacity().memoryBytes().used()).isZero();
    hypervisor.powerOn(first);
    hypervisor.powerOn(second);
    assertThat(hypervisor.capacity().cpuMhz().used()).isEqualTo(7_500);
    assertThat(hypervisor.capacity().memoryBytes().used()).isEqualTo(768L << 20);
    hypervisor.suspend(first);
    hypervisor.powerOff(second);
    assertThat(hypervisor.capacity().cpuMhz().used()).isZero();
  }

  @Test
  void limits_areTold() {
    HypervisorCapacity capacity =
        hypervisor(SMALL.limitedTo(3_000, MemorySize.ofMebibytes(100))).capacity();
    assertThat(capacity.cpuMhz().limit()).isEqualTo(OptionalLong.of(3_000));
    assertThat(capacity.cpuMhz().total()).isEqualTo(10_000);
    assertThat(capacity.memoryBytes().allocatable()).isEqualTo(100L << 20);
  }

  @Test
  void vmsMayHaveMoreThanThereIs_unlessToldOtherwise() {
    MemoryHypervisor hypervisor = hypervisor(SMALL);
    hypervisor.powerOn(create(hypervisor, 1, 1024));
    assertThat(hypervisor.powerOn(create(hypervisor, 1, 1024)).power()).isEqualTo(PowerState.ON);
    assertThat(hypervisor.capacity().memoryBytes().free()).isZero();
  }

  @Test
  void withoutOvercommit_vmThatDoesNotFit_staysOff_untilThereIsRoom() {
    MemoryHypervisor hypervisor =
        hypervisor(SMALL.limitedTo(10_000, MemorySize.ofMebibytes(600)).withoutOvercommit());
    String first = create(hypervisor, 1, 512);
    String second = create(hypervisor, 1, 512);
    hypervisor.powerOn(first);
    hypervisor.powerOn(first);
    assertThatThrownBy(() -> hypervisor.powerOn(second))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("512 MiB");
    assertThat(hypervisor.find(second).orElseThrow().power()).isEqualTo(PowerState.OFF);
    hypervisor.powerOff(first);
    assertThat(hypervisor.powerOn(second).power()).isEqualTo(PowerState.ON);
  }

  @Test
  void machineWithoutCores_isRefused() {
    MemorySize memory = MemorySize.ofMebibytes(1);
    assertThatThrownBy(() -> HostResources.of(0, 1, memory))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> HostResources.of(1, 1, memory).limitedTo(-1, memory))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
