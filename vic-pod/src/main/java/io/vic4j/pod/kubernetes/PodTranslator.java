package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;

/** Translates one pod. */
final class PodTranslator {
  private PodTranslator() {}

  @SuppressWarnings("DoNotCallSuggester")
  static PodTranslation translate(Pod pod, PodSources sources) {
    throw new UnsupportedOperationException();
  }
}
