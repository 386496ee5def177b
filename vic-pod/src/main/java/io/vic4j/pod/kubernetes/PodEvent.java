package io.vic4j.pod.kubernetes;

/**
 * Something to tell people of a pod, in the kubelet's words.
 *
 * @param warning whether it is not as it should be
 * @param reason what, in one word: {@code Started}, {@code BackOff}, {@code Unhealthy}
 * @param message what, for people
 * @param field which part of the pod it is about: {@code spec.containers{app}}; empty for all of it
 */
public record PodEvent(boolean warning, String reason, String message, String field) {
  /**
   * What is as it should be.
   *
   * @param container which container it is about
   * @param init whether that is an init container
   */
  public static PodEvent of(String reason, String message, String container, boolean init) {
    return new PodEvent(false, reason, message, field(container, init));
  }

  /**
   * What is not as it should be.
   *
   * @param container which container it is about
   * @param init whether that is an init container
   */
  public static PodEvent warning(String reason, String message, String container, boolean init) {
    return new PodEvent(true, reason, message, field(container, init));
  }

  private static String field(String container, boolean init) {
    return (init ? "spec.initContainers{" : "spec.containers{") + container + "}";
  }
}
