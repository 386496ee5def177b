package io.vic4j.pod.kubernetes.kubelet;

import java.util.Optional;

/**
 * Tells who a bearer token belongs to, as a {@code TokenReview} of {@code authentication.k8s.io/v1}
 * does; a node asks its cluster for one unless it is given another. Called by many threads at once,
 * on threads that may wait; its answers are kept for a short while by who calls it.
 */
@FunctionalInterface
public interface TokenAuthenticator {
  /** Knows no token. */
  TokenAuthenticator NONE = token -> Optional.empty();

  /**
   * Whose token this is; empty if it is nobody's, or not any more.
   *
   * @throws io.vic4j.core.UnavailableException if that cannot be told now
   */
  Optional<KubeletUser> authenticate(String token);
}
