package io.vic4j.pod;

import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.SessionRole;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/**
 * How large a pod's VM is, where nobody says. As Kubernetes adds up what the containers of a pod
 * take: what runs together, or the container that prepares and takes the most, with the helpers
 * that run by then. A container takes its limit, for a VM cannot lend to others what one does not
 * use; without one, its request.
 */
final class PodSize {
  /** What the guest's kernel and the tether need beside what containers may use. */
  static final MemorySize GUEST = MemorySize.ofMebibytes(64);

  private static final long MILLIS = 1000;

  private PodSize() {}

  static int cpus(PodSpec spec) {
    long millis = most(spec, PodSize::cpuMillis);
    long cpus = (millis + MILLIS - 1) / MILLIS;
    return Math.toIntExact(Math.max(Machine.DEFAULT_CPUS, cpus));
  }

  static MemorySize memory(PodSpec spec) {
    boolean limited = spec.allContainers().stream().anyMatch(it -> limitOf(it).isPresent());
    long bytes = most(spec, it -> memoryBytes(it));
    if (!limited) {
      return bytes == 0 ? Machine.DEFAULT_MEMORY : MemorySize.ofBytes(bytes);
    }
    boolean all = spec.containers().stream().allMatch(it -> memoryBytes(it) > 0);
    MemorySize sum = MemorySize.ofBytes(bytes).plus(GUEST);
    return all ? sum : sum.plus(Machine.DEFAULT_MEMORY);
  }

  private static long most(PodSpec spec, ToLongFunction<ContainerSpec> taken) {
    return SessionRole.mostAtOnce(
        spec.allContainers(), it -> it.options().lifecycle().role(), taken);
  }

  private static long cpuMillis(ContainerSpec container) {
    SessionResources resources = container.options().resources();
    return resources
        .cpuLimitMillis()
        .orElseGet(
            () ->
                resources.cpuRequestMillis().orElseGet(() -> container.cpus().orElse(0) * MILLIS));
  }

  private static OptionalLong limitOf(ContainerSpec container) {
    SessionResources resources = container.options().resources();
    return resources.memoryLimitBytes().isPresent()
        ? resources.memoryLimitBytes()
        : resources.memoryRequestBytes();
  }

  private static long memoryBytes(ContainerSpec container) {
    return limitOf(container).orElseGet(() -> container.memory().map(MemorySize::bytes).orElse(0L));
  }
}
