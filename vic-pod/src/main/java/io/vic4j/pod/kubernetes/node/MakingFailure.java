package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.vic4j.core.VicException;
import io.vic4j.pod.kubernetes.KubernetesStatuses;
import java.util.stream.Stream;

/** Of what kind a failure to make a pod is: what its status says decides. */
enum MakingFailure {
  /** It can never be made as it is. */
  FINAL,
  /** An image cannot be had. */
  PULL,
  /** Anything else, that may pass. */
  OTHER;

  static MakingFailure of(KubernetesStatuses statuses, Pod asked, VicException e) {
    PodStatus status = statuses.failed(asked, e, true);
    if (StatusWriter.isOver(status)) {
      return FINAL;
    }
    return Stream.concat(
                status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
            .anyMatch(MakingFailure::waitsForImage)
        ? PULL
        : OTHER;
  }

  private static boolean waitsForImage(ContainerStatus status) {
    return status.getState() != null
        && status.getState().getWaiting() != null
        && "ImagePullBackOff".equals(status.getState().getWaiting().getReason());
  }
}
