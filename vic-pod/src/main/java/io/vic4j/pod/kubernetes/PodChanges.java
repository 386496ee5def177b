package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;

/** What differs between two versions of a pod, and whether it may. */
final class PodChanges {
  private PodChanges() {}

  @SuppressWarnings("DoNotCallSuggester")
  static PodChange between(Pod before, Pod after) {
    throw new UnsupportedOperationException();
  }
}
