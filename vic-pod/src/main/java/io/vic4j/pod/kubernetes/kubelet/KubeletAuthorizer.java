package io.vic4j.pod.kubernetes.kubelet;

/**
 * Tells what a user may ask a node for, as a {@code SubjectAccessReview} of {@code
 * authorization.k8s.io/v1} with the resource {@code nodes} does; a node asks its cluster for one
 * unless it is given another. Called by many threads at once, on threads that may wait, for each
 * request; who asks others keeps their answers for a while.
 *
 * <p>Source: Kubernetes, "Kubelet authentication/authorization".
 */
@FunctionalInterface
public interface KubeletAuthorizer {
  /** All may do all: for those whose authentication lets in only who may. */
  KubeletAuthorizer ALLOW_ALL = (user, verb, subresource) -> true;

  /**
   * Whether a user may do this to the node.
   *
   * @param verb {@code get}, {@code create}, {@code update}, {@code patch} or {@code delete}, from
   *     the method of the request
   * @param subresource {@code stats}, {@code metrics}, or {@code proxy} for all else. {@code pods}
   *     and {@code healthz} are asked for first where they fit; who is denied these is asked about
   *     with {@code proxy}
   * @throws io.vic4j.core.UnavailableException if that cannot be told now
   */
  boolean allows(KubeletUser user, String verb, String subresource);
}
