package io.vic4j.core.vm;

import java.util.OptionalLong;
import java.util.Set;

/**
 * How much of one resource a process may use, as setrlimit(2) has it and Docker's {@code --ulimit}.
 *
 * @param name which resource, as Docker calls it: {@code nofile}, {@code nproc}, {@code core}
 * @param soft what counts, in the resource's unit; empty if there is no limit
 * @param hard what the process may raise that to; empty if there is no limit
 */
public record ResourceLimit(String name, OptionalLong soft, OptionalLong hard) {
  // Linux, asm-generic/resource.h.
  private static final Set<String> NAMES =
      Set.of(
          "cpu",
          "fsize",
          "data",
          "stack",
          "core",
          "rss",
          "nproc",
          "nofile",
          "memlock",
          "as",
          "locks",
          "sigpending",
          "msgqueue",
          "nice",
          "rtprio",
          "rttime");

  /**
   * Checks the name and that the soft limit is not above the hard one.
   *
   * @throws InvalidSpecException if not
   */
  public ResourceLimit {
    check(NAMES.contains(name), "'" + name + "' is no resource that Linux limits");
    check(
        soft.orElse(0) >= 0 && hard.orElse(0) >= 0,
        name + ": a limit is 0 or more, or there is none");
    check(
        hard.isEmpty() || (soft.isPresent() && soft.getAsLong() <= hard.getAsLong()),
        name + ": the soft limit is above the hard one");
  }

  /** Both limits. */
  public static ResourceLimit of(String name, long soft, long hard) {
    return new ResourceLimit(name, OptionalLong.of(soft), OptionalLong.of(hard));
  }

  /** The same for both limits. */
  public static ResourceLimit of(String name, long both) {
    return of(name, both, both);
  }

  /** No limit. */
  public static ResourceLimit unlimited(String name) {
    return new ResourceLimit(name, OptionalLong.empty(), OptionalLong.empty());
  }

  private static void check(boolean right, String problem) {
    if (!right) {
      throw new InvalidSpecException("rlimits", problem);
    }
  }
}
