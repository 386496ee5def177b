package io.vic4j.pod;

import io.vic4j.core.Digest;
import io.vic4j.core.vm.Health;
import io.vic4j.core.vm.LogOptions;
import java.time.Instant;
import java.util.Optional;

/**
 * How one container of a pod was at one moment.
 *
 * @param name the container's name
 * @param image the image as the pod's specification names it
 * @param imageId the image that it was made from
 * @param imagePin what anybody gets just that image by, {@code REPOSITORY@DIGEST} with the digest
 *     of its manifest; its ID if it came from no registry
 * @param state whether it waits, runs or is over
 * @param lastTermination how it ended the time before, if it was started again, or waits to be;
 *     known since the pod's last start
 * @param restarts how often it was started again
 * @param health what its checks say; empty if it has none, or does not run
 * @param up whether it runs and has started: its hook is done, and its startup probe went well
 * @param ready whether it runs and is ready, as its probe says; an init container is ready once it
 *     is done
 * @param trouble what its probes and hooks have last complained of; else empty
 */
public record ContainerStatus(
    String name,
    String image,
    Digest imageId,
    String imagePin,
    ContainerState state,
    Optional<ContainerState.Terminated> lastTermination,
    int restarts,
    Optional<Health> health,
    boolean up,
    boolean ready,
    String trouble) {
  /**
   * Which part of its log its present process has printed, or the last one if none runs; empty if
   * none has begun.
   */
  public Optional<LogOptions> log() {
    if (state instanceof ContainerState.Running running) {
      return Optional.of(LogOptions.ALL.since(running.started()));
    }
    return state instanceof ContainerState.Terminated over
        ? over.started().map(LogOptions.ALL::since)
        : lastTermination.flatMap(ContainerState.Terminated::started).map(LogOptions.ALL::since);
  }

  /** Which part of its log the process before that has printed; empty if there was none. */
  public Optional<LogOptions> previousLog() {
    Optional<Instant> begin = lastTermination.flatMap(ContainerState.Terminated::started);
    if (state instanceof ContainerState.Running running) {
      return begin.map(time -> LogOptions.ALL.since(time).until(running.started()));
    }
    return state instanceof ContainerState.Terminated over && over.started().isPresent()
        ? begin.map(time -> LogOptions.ALL.since(time).until(over.started().orElseThrow()))
        : begin.map(LogOptions.ALL::since);
  }
}
