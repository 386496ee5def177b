package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.vic4j.core.vm.SessionRole;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a pod asks its node for, as schedulers and kubelets add it up. Source: Kubernetes, "Sidecar
 * containers", section "Resource sharing within containers".
 */
record PodRequests(long cpuMillis, long memoryBytes, long storageBytes) {
  static final PodRequests NONE = new PodRequests(0, 0, 0);
  static final int MILLIS = 1000;

  static PodRequests of(Pod pod) {
    PodSpec spec = pod.getSpec();
    return new PodRequests(
        total(spec, it -> requested(it, "cpu", MILLIS)),
        total(spec, it -> requested(it, "memory", 1)),
        total(spec, it -> requested(it, "ephemeral-storage", 1)));
  }

  PodRequests plus(PodRequests other) {
    return new PodRequests(
        cpuMillis + other.cpuMillis,
        memoryBytes + other.memoryBytes,
        storageBytes + other.storageBytes);
  }

  private record Asking(SessionRole role, Container container) {}

  private static long total(PodSpec spec, ToLongFunction<Container> requested) {
    Stream<Asking> prepare =
        spec.getInitContainers().stream()
            .map(
                it ->
                    new Asking(
                        "Always".equals(it.getRestartPolicy())
                            ? SessionRole.SIDECAR
                            : SessionRole.INIT,
                        it));
    Stream<Asking> work = spec.getContainers().stream().map(it -> new Asking(SessionRole.MAIN, it));
    return SessionRole.mostAtOnce(
        Stream.concat(prepare, work).toList(),
        Asking::role,
        it -> requested.applyAsLong(it.container()));
  }

  /** As much as the limit where nothing is asked for, as the API server has it. */
  private static long requested(Container container, String resource, int times) {
    if (container.getResources() == null) {
      return 0;
    }
    @Nullable Quantity limit = get(container.getResources().getLimits(), resource);
    @Nullable Quantity request = get(container.getResources().getRequests(), resource);
    return units(request == null ? limit : request, times);
  }

  private static @Nullable Quantity get(@Nullable Map<String, Quantity> from, String resource) {
    return from == null ? null : from.get(resource);
  }

  /**
   * A quantity in whole units, rounded up.
   *
   * @param times how many units make 1
   * @return 0 if there is none, or what is there is no quantity: that is told where the pod is made
   */
  static long units(@Nullable Quantity quantity, int times) {
    try {
      return quantity == null
          ? 0
          : quantity
              .getNumericalAmount()
              .multiply(BigDecimal.valueOf(times))
              .setScale(0, RoundingMode.CEILING)
              .longValueExact();
    } catch (IllegalArgumentException | ArithmeticException e) {
      return 0;
    }
  }
}
