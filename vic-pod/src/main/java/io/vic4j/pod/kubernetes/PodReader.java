package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;

/** Reads pods. */
final class PodReader {
  private PodReader() {}

  @SuppressWarnings("DoNotCallSuggester")
  static Pod read(String yamlOrJson) {
    throw new UnsupportedOperationException();
  }
}
