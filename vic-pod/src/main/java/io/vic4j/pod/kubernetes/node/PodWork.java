package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.VicException;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the node knows of a pod beyond what the cluster and the hypervisor say: work under way, and
 * failures. Nothing that a program that begins anew would miss. Used by one thread at a time, but
 * for {@link #seen}.
 */
final class PodWork {
  /**
   * Why a pod could not be made, the last time.
   *
   * @param cause why
   * @param retryAt when to try again; empty if that is of no use
   * @param pull whether an image could not be had
   */
  record Failure(VicException cause, Optional<Instant> retryAt, boolean pull) {}

  @Nullable String uid;
  @Nullable PodAction action;
  @Nullable Failure failure;
  int failures;

  /** Whether the failure was told as such; then its pod waits. */
  boolean told;

  /** Whether it was told that its images are waited for. */
  boolean toldBackOff;

  /** Why its VM could not be started, the last time. */
  @Nullable VicException notStarted;

  /** When there is something to try again beside making the pod. */
  @Nullable Instant notBefore;

  /** When the API server was told last that nothing is left of the pod here. */
  @Nullable Instant removed;

  /** When the containers that are being stopped are killed. */
  @Nullable Instant killAt;

  /** Whether that is earlier than when the stop under way kills them. */
  boolean cut;

  /** What the pod is being changed to, or was last. */
  @Nullable PodSpec target;

  /** What the pod could not be changed to. */
  @Nullable PodSpec refused;

  /** How it was when events were last told; set also by who makes it. */
  volatile @Nullable PodStatus seen;

  /** The status that was written last, where the API server has not kept all of it. */
  StatusWriter.@Nullable Kept kept;

  private @Nullable Pod latest;
  private @Nullable String basedOn;

  /** Another pod of the same name. */
  void begin(String newUid) {
    uid = newUid;
    failure = null;
    failures = 0;
    told = false;
    toldBackOff = false;
    notStarted = null;
    cut = false;
    notBefore = null;
    removed = null;
    killAt = null;
    target = null;
    refused = null;
    seen = null;
    kept = null;
    latest = null;
    basedOn = null;
  }

  /** What was just written of the pod, until the watch tells something newer. */
  void written(Pod cached, Pod now) {
    latest = now;
    basedOn = cached.getMetadata().getResourceVersion();
  }

  /** The newer one of what the watch has told and what was written. */
  Pod freshest(Pod cached) {
    Pod known = latest;
    return known != null
            && cached.getMetadata().getResourceVersion() != null
            && cached.getMetadata().getResourceVersion().equals(basedOn)
            && known.getMetadata().getUid().equals(cached.getMetadata().getUid())
        ? known
        : cached;
  }

  boolean isAtWork() {
    return action != null && !action.isDone();
  }

  boolean isAtWork(PodAction.Kind kind) {
    return action != null && !action.isDone() && action.kind() == kind;
  }

  /** How long until work that has failed may be tried again; no time if it may now. */
  Duration left(Instant now) {
    return notBefore == null || !notBefore.isAfter(now)
        ? Duration.ZERO
        : Duration.between(now, notBefore);
  }
}
