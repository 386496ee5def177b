package io.vic4j.testkit;

import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.HypervisorCapacity.Amount;
import io.vic4j.core.vm.MemorySize;
import java.util.OptionalLong;

/**
 * What the machine has that a {@link MemoryHypervisor} is said to run on.
 *
 * @param cores how many cores
 * @param coreMhz how fast each of them is, in MHz
 * @param memory how much memory
 * @param cpuLimitMhz how much of its processing power VMs may use, in MHz; all of it where empty
 * @param memoryLimitBytes how much of its memory VMs may use, in bytes; all of it where empty
 * @param overcommit whether VMs are powered on that it has no memory for
 */
public record HostResources(
    int cores,
    long coreMhz,
    MemorySize memory,
    OptionalLong cpuLimitMhz,
    OptionalLong memoryLimitBytes,
    boolean overcommit) {
  /** 16 cores of 2,000 MHz and 64 GiB, without limits, and with as many VMs on as one likes. */
  public static final HostResources GENEROUS = of(16, 2_000, MemorySize.ofMebibytes(64 << 10));

  /** Checks that there is something. */
  public HostResources {
    if (cores < 1 || coreMhz < 1) {
      throw new IllegalArgumentException(cores + " cores of " + coreMhz + " MHz are no machine");
    }
    if (cpuLimitMhz.orElse(0) < 0 || memoryLimitBytes.orElse(0) < 0) {
      throw new IllegalArgumentException(
          "negative limit: " + cpuLimitMhz + " MHz, " + memoryLimitBytes + " bytes");
    }
  }

  /** So much, without limits, and with as many VMs on as one likes. */
  public static HostResources of(int cores, long coreMhz, MemorySize memory) {
    return new HostResources(
        cores, coreMhz, memory, OptionalLong.empty(), OptionalLong.empty(), true);
  }

  /** The same, but VMs may use only so much of it. */
  public HostResources limitedTo(long cpuMhz, MemorySize memoryLimit) {
    return new HostResources(
        cores,
        coreMhz,
        memory,
        OptionalLong.of(cpuMhz),
        OptionalLong.of(memoryLimit.bytes()),
        overcommit);
  }

  /** The same, but a VM is powered on only if the memory that VMs may use suffices for it. */
  public HostResources withoutOvercommit() {
    return new HostResources(cores, coreMhz, memory, cpuLimitMhz, memoryLimitBytes, false);
  }

  /** When VMs with so many processors and so much memory are on: each processor takes a core. */
  HypervisorCapacity usedBy(long cpus, long usedMemoryBytes) {
    return new HypervisorCapacity(
        new Amount(cores * coreMhz, cpuLimitMhz, cpus * coreMhz),
        new Amount(memory.bytes(), memoryLimitBytes, usedMemoryBytes),
        OptionalLong.of(coreMhz),
        OptionalLong.empty());
  }
}
