package io.vic4j.pod;

/**
 * Where a pod is in its life, as Kubernetes defines it.
 *
 * <p>Source: Kubernetes, "Pod Lifecycle", section "Pod phase".
 */
public enum PodPhase {
  /** It is made, and not all of its containers have begun. */
  PENDING,
  /** At least one container runs, or is about to start again. */
  RUNNING,
  /** All containers ended well, and none will start again. */
  SUCCEEDED,
  /** All containers are over, none will start again, and at least one of them failed. */
  FAILED,
  /** Nobody can say: the hypervisor does not know, or has halted the pod's VM. */
  UNKNOWN;

  /** Whether the pod is over, unless somebody starts it again. */
  public boolean isTerminal() {
    return this == SUCCEEDED || this == FAILED;
  }
}
