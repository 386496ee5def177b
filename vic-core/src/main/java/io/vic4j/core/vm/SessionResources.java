package io.vic4j.core.vm;

import java.util.OptionalLong;

/**
 * What a session may use of its VM, with all processes that it begins. The guest's kernel sees to
 * it, by control groups. What the sessions of a VM request together is what the VM weighs against
 * others, where the hypervisor can weigh them: see {@link VmShares}.
 *
 * @param cpuRequestMillis the share it has of the processors when they are short, in thousandths of
 *     one; like those of others where empty
 * @param cpuLimitMillis how much processor time it gets at most, in thousandths of a processor
 * @param memoryRequestBytes how much memory it is to be sure of; counts for the VM's size
 * @param memoryLimitBytes how much memory it gets at most: who wants more is killed
 */
public record SessionResources(
    OptionalLong cpuRequestMillis,
    OptionalLong cpuLimitMillis,
    OptionalLong memoryRequestBytes,
    OptionalLong memoryLimitBytes) {
  /** Whatever the VM has. */
  public static final SessionResources UNLIMITED =
      new SessionResources(
          OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

  /**
   * Checks that a limit is something, and no request above it.
   *
   * @throws InvalidSpecException if not
   */
  public SessionResources {
    check(cpuRequestMillis, cpuLimitMillis, "cpu");
    check(memoryRequestBytes, memoryLimitBytes, "memory");
  }

  private static void check(OptionalLong request, OptionalLong limit, String what) {
    if (request.orElse(0) < 0 || limit.orElse(1) < 1) {
      throw new InvalidSpecException(
          "resources." + what, "a request or a limit is negative, or no limit");
    }
    if (request.isPresent() && limit.isPresent() && request.getAsLong() > limit.getAsLong()) {
      throw new InvalidSpecException(
          "resources." + what,
          "the request, " + request.getAsLong() + ", is above the limit, " + limit.getAsLong());
    }
  }
}
