package io.vic4j.pod;

import io.vic4j.core.NotFoundException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a pod was at one moment.
 *
 * @param phase where it is in its life
 * @param reason why it is so, in one word; empty where the containers say all there is
 * @param message why it is so, for people; may be empty
 * @param containers its containers, in the order of its specification
 * @param initContainers those that prepare, in the order of its specification
 * @param addresses its IP addresses, as the guest told them
 * @param started when its VM was powered on, the last time; empty if it is off
 */
public record PodStatus(
    PodPhase phase,
    String reason,
    String message,
    List<ContainerStatus> containers,
    List<ContainerStatus> initContainers,
    List<String> addresses,
    Optional<Instant> started) {
  /** Copies the lists. */
  public PodStatus {
    containers = List.copyOf(containers);
    initContainers = List.copyOf(initContainers);
    addresses = List.copyOf(addresses);
  }

  /** Whether all its containers are ready. */
  public boolean isReady() {
    return containers.stream().allMatch(ContainerStatus::ready);
  }

  /**
   * The container of this name.
   *
   * @throws NotFoundException if the pod has none
   */
  public ContainerStatus container(String name) {
    return Stream.concat(containers.stream(), initContainers.stream())
        .filter(container -> container.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new NotFoundException("container", name));
  }
}
