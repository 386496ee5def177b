package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.vic4j.core.vm.SessionResources;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What containers may use: {@code resources}. */
final class ContainerResources {
  private static final String CPU = "cpu";
  private static final String MEMORY = "memory";

  /** What a VM sees to, and what it bounds by the size of its disks. */
  private static final Set<String> KNOWN = Set.of(CPU, MEMORY, "ephemeral-storage");

  private static final BigDecimal MILLIS = BigDecimal.valueOf(1000);

  private ContainerResources() {}

  static SessionResources of(Context context, @Nullable ResourceRequirements given, String path) {
    if (given == null) {
      return SessionResources.UNLIMITED;
    }
    Map<String, Quantity> limits = Given.map(given.getLimits());
    Map<String, Quantity> requests = Given.map(given.getRequests());
    int before = context.problems().count();
    check(context, limits, path + ".limits");
    check(context, requests, path + ".requests");
    if (context.problems().count() > before) {
      return SessionResources.UNLIMITED;
    }
    for (Map.Entry<String, Quantity> request : requests.entrySet()) {
      Quantity limit = limits.get(request.getKey());
      if (limit != null && amount(request.getValue()).compareTo(amount(limit)) > 0) {
        context
            .problems()
            .invalid(
                path + ".requests[" + request.getKey() + "]",
                "must be less than or equal to the limit, " + limit);
        return SessionResources.UNLIMITED;
      }
    }
    return new SessionResources(
        value(request(requests, limits, CPU), MILLIS),
        positive(value(Optional.ofNullable(limits.get(CPU)), MILLIS)),
        value(request(requests, limits, MEMORY), BigDecimal.ONE),
        positive(value(Optional.ofNullable(limits.get(MEMORY)), BigDecimal.ONE)));
  }

  private static void check(Context context, Map<String, Quantity> quantities, String path) {
    quantities.forEach(
        (name, quantity) -> {
          String field = path + "[" + name + "]";
          if (!KNOWN.contains(name)) {
            context.problems().unsupported(field, "a VM of this library has no such resource");
          }
          try {
            if (amount(quantity).signum() < 0) {
              context.problems().invalid(field, "must be greater than or equal to 0");
            }
            value(Optional.of(quantity), MILLIS);
          } catch (IllegalArgumentException | ArithmeticException e) {
            context.problems().invalid(field, "'" + quantity + "' is no quantity");
          }
        });
  }

  /** What is asked for; as much as the limit where nothing is, as the API server has it. */
  private static Optional<Quantity> request(
      Map<String, Quantity> requests, Map<String, Quantity> limits, String name) {
    return Optional.ofNullable(requests.get(name)).or(() -> Optional.ofNullable(limits.get(name)));
  }

  /**
   * The value of a limit or a request, counted in units.
   *
   * @param resource such as {@code limits.cpu}
   * @return empty if there is none
   * @throws IllegalArgumentException if one of them is no quantity
   */
  static OptionalLong value(
      @Nullable ResourceRequirements given, String resource, @Nullable Quantity divisor) {
    if (given == null) {
      return OptionalLong.empty();
    }
    Map<String, Quantity> limits = Given.map(given.getLimits());
    String name = resource.substring(resource.indexOf('.') + 1);
    Optional<Quantity> found =
        resource.startsWith("limits.")
            ? Optional.ofNullable(limits.get(name))
            : request(Given.map(given.getRequests()), limits, name);
    BigDecimal unit = divisor == null ? BigDecimal.ZERO : amount(divisor);
    return found.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(
            amount(found.get())
                .divide(unit.signum() == 0 ? BigDecimal.ONE : unit, 0, RoundingMode.CEILING)
                .longValueExact());
  }

  static BigDecimal amount(Quantity quantity) {
    return quantity.getNumericalAmount();
  }

  /** A quantity in whole bytes, rounded up. */
  static long bytes(Quantity quantity) {
    return value(Optional.of(quantity), BigDecimal.ONE).orElseThrow();
  }

  private static OptionalLong value(Optional<Quantity> quantity, BigDecimal times) {
    return quantity.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(
            amount(quantity.get())
                .multiply(times)
                .setScale(0, RoundingMode.CEILING)
                .longValueExact());
  }

  /** A limit of nothing is none, as for a kubelet. */
  private static OptionalLong positive(OptionalLong limit) {
    return limit.orElse(0) == 0 ? OptionalLong.empty() : limit;
  }
}
