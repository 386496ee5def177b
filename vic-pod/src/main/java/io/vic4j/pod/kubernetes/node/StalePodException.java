package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.client.KubernetesClientException;

/** What the watch has told is not so any more: it is to tell more soon. */
final class StalePodException extends KubernetesClientException {
  private static final long serialVersionUID = 1L;

  StalePodException(String message) {
    super(message);
  }
}
