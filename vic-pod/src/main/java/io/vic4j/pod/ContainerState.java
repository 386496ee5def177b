package io.vic4j.pod;

import io.vic4j.core.vm.ExitStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * How a container of a pod is: it waits, runs, or is over. The reasons are the words that
 * Kubernetes uses.
 */
public sealed interface ContainerState {
  /**
   * It has not begun, or is to begin again.
   *
   * @param reason why, in one word: {@code ContainerCreating}, {@code PodInitializing}, {@code
   *     CrashLoopBackOff}
   * @param message why, for people; may be empty
   */
  record Waiting(String reason, String message) implements ContainerState {}

  /**
   * Its process runs.
   *
   * @param started since when, by the guest's clock
   */
  record Running(Instant started) implements ContainerState {}

  /**
   * Its process is over.
   *
   * @param exit how it ended
   * @param reason how it ended, in one word: {@code Completed}, {@code Error}, {@code OOMKilled},
   *     {@code StartError}, {@code ContainerStatusUnknown}
   * @param message what went wrong, for people; may be empty
   * @param started when it began; empty if it could not
   * @param finished when it ended; empty if nobody knows
   */
  record Terminated(
      ExitStatus exit,
      String reason,
      String message,
      Optional<Instant> started,
      Optional<Instant> finished)
      implements ContainerState {}

  /** Whether its process runs. */
  default boolean isRunning() {
    return this instanceof Running;
  }

  /** How its process ended; empty if it waits or runs. */
  default Optional<ExitStatus> exitStatus() {
    return this instanceof Terminated terminated
        ? Optional.of(terminated.exit())
        : Optional.empty();
  }
}
