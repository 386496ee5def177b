package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ResourceAllocationInfo;
import com.vmware.vim25.ResourcePoolResourceUsage;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.HypervisorCapacity.Amount;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How much a resource pool has.
 *
 * <p>Source: vSphere Web Services API, ResourcePoolResourceUsage: {@code maxUsage} is what the pool
 * can get with its own limit and those above it; processing power is in MHz, memory in bytes here
 * and in MB in limits, where -1 means none.
 */
final class PoolCapacity {
  private static final long MEGABYTE = 1L << 20;

  private PoolCapacity() {}

  static HypervisorCapacity read(Properties properties, Site site) {
    Map<String, Object> pool =
        properties.of(
            site.pool(),
            "runtime.cpu",
            "runtime.memory",
            "config.cpuAllocation",
            "config.memoryAllocation",
            "owner");
    return new HypervisorCapacity(
        amount(pool.get("runtime.cpu"), pool.get("config.cpuAllocation"), 1),
        amount(pool.get("runtime.memory"), pool.get("config.memoryAllocation"), MEGABYTE),
        core(properties, pool.get("owner")),
        OptionalLong.empty());
  }

  private static Amount amount(
      @Nullable Object usage, @Nullable Object allocation, long limitUnit) {
    OptionalLong limit = OptionalLong.empty();
    if (allocation instanceof ResourceAllocationInfo info
        && info.getLimit() != null
        && info.getLimit() >= 0) {
      limit = OptionalLong.of(info.getLimit() * limitUnit);
    }
    return usage instanceof ResourcePoolResourceUsage it
        ? new Amount(Math.max(0, it.getMaxUsage()), limit, Math.max(0, it.getOverallUsage()))
        : new Amount(0, limit, 0);
  }

  /** The speed of a core of the cluster or host, on average. */
  private static OptionalLong core(Properties properties, @Nullable Object owner) {
    if (!(owner instanceof ManagedObjectReference compute)) {
      return OptionalLong.empty();
    }
    Map<String, Object> summary = properties.of(compute, "summary.totalCpu", "summary.numCpuCores");
    return summary.get("summary.totalCpu") instanceof Number mhz
            && summary.get("summary.numCpuCores") instanceof Number cores
            && cores.longValue() > 0
            && mhz.longValue() >= cores.longValue()
        ? OptionalLong.of(mhz.longValue() / cores.longValue())
        : OptionalLong.empty();
  }
}
