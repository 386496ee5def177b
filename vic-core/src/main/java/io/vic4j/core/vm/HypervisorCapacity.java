package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;
import java.util.OptionalLong;

/**
 * How much a {@link Hypervisor} has for its VMs, and how much of that is in use, at one moment. All
 * VMs count that share it, of whatever scope, and those that this library has not made.
 *
 * @param cpuMhz processing power, in MHz: that of all cores together
 * @param memoryBytes memory, in bytes
 * @param coreMhz how much of {@code cpuMhz} is one core, so that it can be told in cores; empty if
 *     that is not known, or its cores are not all alike
 * @param vmLimit how many VMs can be on at once; empty if no such limit is known
 */
public record HypervisorCapacity(
    Amount cpuMhz, Amount memoryBytes, OptionalLong coreMhz, OptionalLong vmLimit) {
  /**
   * How much there is of one thing.
   *
   * @param total how much there is
   * @param limit how much of it VMs may use together, where somebody has limited that; may be more
   *     than there is
   * @param used how much of it VMs use now, as the hypervisor measures it
   */
  public record Amount(long total, OptionalLong limit, long used) {
    /** Checks that nothing is less than none. */
    public Amount {
      if (total < 0 || limit.orElse(0) < 0 || used < 0) {
        throw new InvalidArgumentException(
            "an amount is no less than 0: " + total + ", limit " + limit + ", used " + used);
      }
    }

    /** So much, without a limit. */
    public static Amount of(long total, long used) {
      return new Amount(total, OptionalLong.empty(), used);
    }

    /** How much VMs can have at most: all there is, or what the limit leaves of it. */
    public long allocatable() {
      return Math.min(total, limit.orElse(total));
    }

    /** How much of what VMs can have is not in use. */
    public long free() {
      return Math.max(0, allocatable() - used);
    }
  }

  /** Checks that a core is something. */
  public HypervisorCapacity {
    if (coreMhz.orElse(1) < 1 || vmLimit.orElse(0) < 0) {
      throw new InvalidArgumentException(
          "no core has " + coreMhz + " MHz, or no hypervisor limits VMs to " + vmLimit);
    }
  }
}
