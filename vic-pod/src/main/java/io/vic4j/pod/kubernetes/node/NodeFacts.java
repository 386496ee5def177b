package io.vic4j.pod.kubernetes.node;

import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.vm.HypervisorCapacity;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a {@link NodeProbe} has measured.
 *
 * @param hypervisor what the hypervisor has; empty if it does not answer
 * @param datastore how much the datastore holds; empty if it does not answer, or cannot say
 * @param networkProblem why VMs cannot be connected to the network, for people; empty if they can,
 *     or the hypervisor does not answer
 * @param trouble what does not answer, and why, for people; empty if all is well
 */
public record NodeFacts(
    Optional<HypervisorCapacity> hypervisor,
    Optional<DatastoreSpace> datastore,
    String networkProblem,
    String trouble) {
  /** What one core is taken for where the hypervisor does not say: it tells of MHz only. */
  static final long ASSUMED_CORE_MHZ = 2000;

  private static final long MILLIS = 1000;
  // The kubelet evicts below 100 MiB of memory; a hypervisor with its own needs gets more.
  // Source of the shares: Kubernetes, "Node-pressure Eviction": nodefs.available < 10 %.
  private static final int LOW_MEMORY_PERCENT = 5;
  private static final int LOW_DISK_PERCENT = 10;
  private static final int HUNDRED = 100;

  /** Whether pods can be run here. */
  public boolean isReady() {
    return trouble.isEmpty() && hypervisor.isPresent();
  }

  /** All processing power, in thousandths of a core. */
  public OptionalLong cpuMillis() {
    return map(it -> millis(it, it.cpuMhz().total()));
  }

  /** The processing power that VMs can have, in thousandths of a core. */
  public OptionalLong allocatableCpuMillis() {
    return map(it -> millis(it, it.cpuMhz().allocatable()));
  }

  /** All memory, in bytes. */
  public OptionalLong memoryBytes() {
    return map(it -> it.memoryBytes().total());
  }

  /** The memory that VMs can have, in bytes. */
  public OptionalLong allocatableMemoryBytes() {
    return map(it -> it.memoryBytes().allocatable());
  }

  /** How many pods there can be: what was configured, or what the hypervisor bounds VMs to. */
  public OptionalInt pods(int configured) {
    return hypervisor
        .map(
            it ->
                OptionalInt.of((int) Math.min(configured, it.vmLimit().orElse(Integer.MAX_VALUE))))
        .orElseGet(OptionalInt::empty);
  }

  /** How much the datastore holds, in bytes. */
  public OptionalLong storageBytes() {
    return datastore.map(it -> OptionalLong.of(it.capacityBytes())).orElseGet(OptionalLong::empty);
  }

  /** Whether the hypervisor has less than a twentieth of its memory left. */
  public boolean isMemoryLow() {
    return hypervisor
        .map(
            it ->
                it.memoryBytes().free()
                    < it.memoryBytes().allocatable() / HUNDRED * LOW_MEMORY_PERCENT)
        .orElse(false);
  }

  /** Whether the datastore has less than a tenth of its space left. */
  public boolean isDiskLow() {
    return datastore
        .map(it -> it.freeBytes() < it.capacityBytes() / HUNDRED * LOW_DISK_PERCENT)
        .orElse(false);
  }

  private interface Measure {
    long of(HypervisorCapacity capacity);
  }

  private OptionalLong map(Measure measure) {
    return hypervisor.map(it -> OptionalLong.of(measure.of(it))).orElseGet(OptionalLong::empty);
  }

  private static long millis(HypervisorCapacity capacity, long mhz) {
    return mhz * MILLIS / capacity.coreMhz().orElse(ASSUMED_CORE_MHZ);
  }
}
