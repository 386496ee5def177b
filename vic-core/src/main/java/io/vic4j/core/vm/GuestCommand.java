package io.vic4j.core.vm;

/** What a guest can be told while it runs. */
public sealed interface GuestCommand {
  /**
   * Send a signal to a session's process.
   *
   * @param session the session's name
   * @param signal what to send
   */
  record SendSignal(String session, Signal signal) implements GuestCommand {}

  /**
   * Come to an end: report {@link GuestReport.Phase#STOPPING}, send each session its stop signal,
   * {@linkplain SessionRole#SIDECAR helpers} after all others and the last begun first, start none
   * again, and power off when the last one is over, even if told to stay. It may take as long as it
   * takes: the host sends {@link Kill} when its grace is over.
   */
  record Stop() implements GuestCommand {}

  /**
   * Come to an end at once: send each session {@link Signal#KILL}, start none again, and power off.
   */
  record Kill() implements GuestCommand {}
}
