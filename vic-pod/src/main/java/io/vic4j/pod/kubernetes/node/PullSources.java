package io.vic4j.pod.kubernetes.node;

import io.vic4j.image.ImageSources;
import io.vic4j.image.registry.CredentialSource;

/**
 * Opens registries with the credentials of one pod: for pods that have {@code imagePullSecrets}.
 * Called by several threads.
 */
@FunctionalInterface
public interface PullSources {
  /**
   * Sources that sign in with these credentials. The node closes them after the pull, if they are
   * {@link AutoCloseable}.
   */
  ImageSources open(CredentialSource credentials);
}
