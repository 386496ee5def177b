package io.vic4j.pod;

/**
 * When the image of a container is pulled.
 *
 * <p>Source: Kubernetes, "Images", section "Image pull policy".
 */
public enum PullPolicy {
  /** Never: the image must be here. */
  NEVER,
  /** If it is not here. */
  IF_NOT_PRESENT,
  /**
   * Each time: the registry is asked what the name stands for now. Layers that are here are not
   * transferred again.
   */
  ALWAYS
}
