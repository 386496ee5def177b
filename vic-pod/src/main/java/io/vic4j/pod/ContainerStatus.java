package io.vic4j.pod;

import io.vic4j.core.Digest;
import io.vic4j.core.vm.Health;
import java.util.Optional;

/**
 * How one container of a pod was at one moment.
 *
 * @param name the container's name
 * @param image the image as the pod's specification names it
 * @param imageId the image that it was made from
 * @param state whether it waits, runs or is over
 * @param lastTermination how it ended the time before, if it waits to be started again
 * @param restarts how often it was started again
 * @param health what its checks say; empty if it has none, or does not run
 */
public record ContainerStatus(
    String name,
    String image,
    Digest imageId,
    ContainerState state,
    Optional<ContainerState.Terminated> lastTermination,
    int restarts,
    Optional<Health> health) {}
