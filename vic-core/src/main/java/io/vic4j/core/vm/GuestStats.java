package io.vic4j.core.vm;

import java.time.Duration;
import java.util.List;

/**
 * What a container VM uses, as its guest counts it since it was powered on. What a guest cannot
 * tell is 0.
 *
 * @param sessions each session that was begun
 * @param networks each network adapter
 * @param memoryTotalBytes how much memory the guest has
 * @param memoryAvailableBytes how much of it programs could still have
 * @param uptime how long it has run
 */
public record GuestStats(
    List<Session> sessions,
    List<Network> networks,
    long memoryTotalBytes,
    long memoryAvailableBytes,
    Duration uptime) {
  /** Copies the lists. */
  public GuestStats {
    sessions = List.copyOf(sessions);
    networks = List.copyOf(networks);
  }

  /**
   * What a session uses, with all processes that it has begun.
   *
   * @param name the session's name
   * @param cpuTime processor time
   * @param memoryBytes memory now, with the cache of its files
   * @param memoryPeakBytes the most memory that it had
   * @param pids how many processes and threads it has now
   * @param readBytes read from disks
   * @param writtenBytes written to disks
   */
  public record Session(
      String name,
      Duration cpuTime,
      long memoryBytes,
      long memoryPeakBytes,
      long pids,
      long readBytes,
      long writtenBytes) {}

  /**
   * What went over a network adapter.
   *
   * @param name the guest's name for it, such as {@code eth0}
   * @param receivedBytes what came in
   * @param sentBytes what went out
   */
  public record Network(String name, long receivedBytes, long sentBytes) {}
}
