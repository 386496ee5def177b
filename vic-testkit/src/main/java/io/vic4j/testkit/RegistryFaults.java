package io.vic4j.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/**
 * What an {@link EmbeddedRegistry} is to do wrong, and when.
 *
 * <pre>{@code
 * registry.faults().onPath(".*" + "/manifests/.*").first(2, RegistryFault.status(503));
 * registry.faults().onPath(".*" + "/blobs/.*").nth(1, RegistryFault.dropAfter(100_000));
 * }</pre>
 *
 * <p>Where several fit a request, the one planned first is done. Thread-safe.
 */
public final class RegistryFaults {
  private final List<Planned> plan = new ArrayList<>();

  RegistryFaults() {}

  private static final class Planned {
    private final String method;
    private final Pattern path;
    private final IntPredicate when;
    private final RegistryFault fault;
    private int seen;

    Planned(String method, Pattern path, IntPredicate when, RegistryFault fault) {
      this.method = method;
      this.path = path;
      this.when = when;
      this.fault = fault;
    }
  }

  /** Speaks of requests of another method, such as PATCH. */
  public On on(String method, String regex) {
    return new On(method, Pattern.compile(regex));
  }

  /** Speaks of GET requests whose whole path, without the query, matches a regular expression. */
  public On onPath(String regex) {
    return on("GET", regex);
  }

  /** Plans nothing any more. */
  public synchronized void clear() {
    plan.clear();
  }

  /** The fault for a request, which is counted by this. */
  synchronized Optional<RegistryFault> next(RegistryRequest request) {
    Optional<RegistryFault> chosen = Optional.empty();
    for (Planned planned : plan) {
      if (planned.method.equals(request.method())
          && planned.path.matcher(request.path()).matches()
          && planned.when.test(++planned.seen)
          && chosen.isEmpty()) {
        chosen = Optional.of(planned.fault);
      }
    }
    return chosen;
  }

  private synchronized RegistryFaults add(Planned planned) {
    plan.add(planned);
    return this;
  }

  /** Some requests; they are counted from the time a fault is planned for them. */
  public final class On {
    private final String method;
    private final Pattern path;

    private On(String method, Pattern path) {
      this.method = method;
      this.path = path;
    }

    /** Does it wrong the n-th time, counted from 1. */
    public RegistryFaults nth(int n, RegistryFault fault) {
      return add(new Planned(method, path, seen -> seen == n, fault));
    }

    /** Does it wrong the first n times. */
    public RegistryFaults first(int n, RegistryFault fault) {
      return add(new Planned(method, path, seen -> seen <= n, fault));
    }

    /** Does it wrong each time. */
    public RegistryFaults always(RegistryFault fault) {
      return add(new Planned(method, path, seen -> true, fault));
    }
  }
}
