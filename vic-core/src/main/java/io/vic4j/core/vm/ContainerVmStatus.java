package io.vic4j.core.vm;

import io.vic4j.core.NotFoundException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a container VM was at one moment.
 *
 * @param state where it is in its life
 * @param sessions its sessions, in the order of its specification
 * @param addresses its IP addresses, as the guest told them
 * @param bootTime when it was powered on, the last time; empty if it is off
 * @param deadlineExceeded whether the guest has ended it because its deadline was over
 */
public record ContainerVmStatus(
    ContainerVmState state,
    List<SessionStatus> sessions,
    List<String> addresses,
    Optional<Instant> bootTime,
    boolean deadlineExceeded) {
  /** Copies the lists. */
  public ContainerVmStatus {
    sessions = List.copyOf(sessions);
    addresses = List.copyOf(addresses);
  }

  /** How the main session ended; empty if it runs or has not begun. */
  public Optional<ExitStatus> exit() {
    return sessions.isEmpty() ? Optional.empty() : sessions.get(0).exit();
  }

  /**
   * The session of this name.
   *
   * @throws io.vic4j.core.NotFoundException if the VM has none
   */
  public SessionStatus session(String name) {
    return sessions.stream()
        .filter(session -> session.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new NotFoundException("session", name));
  }
}
