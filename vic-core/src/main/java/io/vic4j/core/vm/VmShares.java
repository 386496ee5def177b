package io.vic4j.core.vm;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What a VM weighs against others when processors or memory are short: each gets a share in
 * proportion to this. As long as there is enough for all, it changes nothing. Where empty, a VM
 * weighs as the hypervisor has it for VMs of its size.
 *
 * @param cpuMillis in thousandths of a processor
 * @param memoryBytes in bytes
 */
public record VmShares(OptionalLong cpuMillis, OptionalLong memoryBytes) {
  /** As the hypervisor has it. */
  public static final VmShares NORMAL = new VmShares(OptionalLong.empty(), OptionalLong.empty());

  /**
   * Checks that no weight is negative.
   *
   * @throws InvalidSpecException if one is
   */
  public VmShares {
    if (cpuMillis.orElse(0) < 0 || memoryBytes.orElse(0) < 0) {
      throw new InvalidSpecException(
          "shares", "a share is negative: " + cpuMillis + " and " + memoryBytes);
    }
  }

  /**
   * What sessions request, together; normal where none of them does.
   *
   * @param sessions in the order in which those that prepare begin
   */
  static VmShares of(List<SessionSpec> sessions) {
    return new VmShares(
        requested(sessions, SessionResources::cpuRequestMillis),
        requested(sessions, SessionResources::memoryRequestBytes));
  }

  private static OptionalLong requested(
      List<SessionSpec> sessions, Function<SessionResources, OptionalLong> request) {
    if (sessions.stream().allMatch(it -> request.apply(it.resources()).isEmpty())) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        SessionRole.mostAtOnce(
            sessions, it -> it.lifecycle().role(), it -> request.apply(it.resources()).orElse(0)));
  }
}
