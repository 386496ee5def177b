package io.vic4j.pod.kubernetes.node;

/**
 * Something to tell people of a pod.
 *
 * @param warning whether it is not as it should be
 * @param reason what, in one word: the kubelet's
 * @param message what, for people
 * @param field which part of the pod it is about: {@code spec.containers{app}}; empty for all of it
 */
record PodEvent(boolean warning, String reason, String message, String field) {
  static PodEvent of(String reason, String message, String container, boolean init) {
    return new PodEvent(false, reason, message, field(container, init));
  }

  static PodEvent warning(String reason, String message, String container, boolean init) {
    return new PodEvent(true, reason, message, field(container, init));
  }

  private static String field(String container, boolean init) {
    return (init ? "spec.initContainers{" : "spec.containers{") + container + "}";
  }
}
