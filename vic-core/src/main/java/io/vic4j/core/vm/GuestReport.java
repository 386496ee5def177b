package io.vic4j.core.vm;

import java.util.List;

/**
 * What a guest says of itself. A report replaces the one before it.
 *
 * @param run which start of the VM this is about: what the guest read at its boot
 * @param phase whether it runs its sessions or ends them
 * @param sessions how each session is, those that wait included
 * @param addresses its IP addresses, without prefix length
 * @param deadlineExceeded whether it ends them because the VM's deadline is over
 * @param revision which {@linkplain GuestConfig#revision revision} of its configuration it follows
 */
public record GuestReport(
    long run,
    Phase phase,
    List<SessionStatus> sessions,
    List<String> addresses,
    boolean deadlineExceeded,
    long revision) {
  /** What the guest is about. */
  public enum Phase {
    /** It runs its sessions, or stays though they are over. */
    RUNNING,
    /** It ends them, and then powers off. */
    STOPPING
  }

  /** That of a guest that follows the configuration that its VM was made with. */
  public GuestReport(
      long run,
      Phase phase,
      List<SessionStatus> sessions,
      List<String> addresses,
      boolean deadlineExceeded) {
    this(run, phase, sessions, addresses, deadlineExceeded, 0);
  }

  /** Copies the lists. */
  public GuestReport {
    sessions = List.copyOf(sessions);
    addresses = List.copyOf(addresses);
  }
}
