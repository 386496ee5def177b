package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Kubernetes, "Pod Quality of Service Classes". */
final class QosClass {
  private QosClass() {}

  static String of(PodSpec spec) {
    boolean any = false;
    boolean all = true;
    List<Container> containers =
        Stream.concat(
                Given.list(spec.getContainers()).stream(),
                Given.list(spec.getInitContainers()).stream())
            .toList();
    for (Container container : containers) {
      ResourceRequirements given =
          Given.orElse(container.getResources(), new ResourceRequirements());
      Map<String, Quantity> limits = Given.map(given.getLimits());
      Map<String, Quantity> requests = Given.map(given.getRequests());
      for (String resource : List.of("cpu", "memory")) {
        BigDecimal limit = amount(limits.get(resource));
        BigDecimal request =
            requests.containsKey(resource) ? amount(requests.get(resource)) : limit;
        any |= limit.signum() > 0 || request.signum() > 0;
        all &= limit.signum() > 0 && limit.compareTo(request) == 0;
      }
    }
    return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
  }

  private static BigDecimal amount(@Nullable Quantity quantity) {
    try {
      return quantity == null ? BigDecimal.ZERO : ContainerResources.amount(quantity);
    } catch (IllegalArgumentException | ArithmeticException e) {
      return BigDecimal.ZERO; // Such a pod is refused; this is but its status.
    }
  }
}
