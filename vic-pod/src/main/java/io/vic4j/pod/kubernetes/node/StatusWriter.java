package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes statuses of pods back: only what has changed, and never over what somebody else has
 * written meanwhile, for that is looked at first. A pod that is over stays over. Thread-safe; those
 * of one pod are written by one thread at a time, so that they keep their order.
 */
final class StatusWriter {
  private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);
  private static final int ATTEMPTS = 5;

  /**
   * A status that was written, and what the API server has kept of it: one that is older than this
   * client drops the fields that it does not know.
   */
  record Kept(PodStatus written, PodStatus kept) {
    /** Whether writing this would change nothing. */
    boolean holds(PodStatus next, PodStatus now) {
      return written.equals(next) && kept.equals(now);
    }
  }

  private final KubernetesClient client;

  StatusWriter(KubernetesClient client) {
    this.client = client;
  }

  /** Whether a pod is over for good: Succeeded or Failed. */
  static boolean isOver(@Nullable PodStatus status) {
    return status != null
        && ("Succeeded".equals(status.getPhase()) || "Failed".equals(status.getPhase()));
  }

  /** Whether it is known how each container has ended. */
  private static boolean isTold(PodStatus status) {
    return !status.getContainerStatuses().isEmpty()
        && status.getContainerStatuses().stream()
            .allMatch(it -> it.getState() != null && it.getState().getTerminated() != null);
  }

  /**
   * Writes a status.
   *
   * @param known the pod, as it was last seen
   * @param work remembers what was written
   * @param status the status, of a pod with its previous one
   * @return the pod, as it is now; or as it was known, if it is not there any more
   * @throws KubernetesClientException if the API server does not take it
   */
  Pod write(Pod known, PodWork work, Function<Pod, PodStatus> status) {
    Pod base = known;
    KubernetesClientException lost = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      PodStatus next = status.apply(base);
      if (next.equals(base.getStatus())
          || (work.kept != null && work.kept.holds(next, base.getStatus()))
          || (isOver(base.getStatus())
              && (isTold(base.getStatus())
                  || !Objects.equals(base.getStatus().getPhase(), next.getPhase())))) {
        return base;
      }
      try {
        Pod now = client.resource(new PodBuilder(base).withStatus(next).build()).updateStatus();
        work.kept = next.equals(now.getStatus()) ? null : new Kept(next, now.getStatus());
        return now;
      } catch (KubernetesClientException e) {
        if (ApiErrors.isNotFound(e)) {
          return known;
        }
        if (!ApiErrors.isConflict(e)) {
          throw e;
        }
        lost = e;
        log.debug("pod {} was changed meanwhile", known.getMetadata().getName(), e);
        @Nullable Pod now = client.resource(known).get();
        if (now == null || !isSame(known, now)) {
          return known;
        }
        base = now;
      }
    }
    throw Objects.requireNonNull(lost);
  }

  private static boolean isSame(Pod one, Pod other) {
    return Objects.equals(one.getMetadata().getUid(), other.getMetadata().getUid());
  }
}
