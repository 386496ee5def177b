package io.vic4j.image;

/** How urgent a request for an image is. The more urgent one is served first; none is stopped. */
public enum Priority {
  /** Nobody waits: images that are fetched in advance, and those kept in step. */
  PREFETCH,
  /** Somebody will want it soon. */
  NORMAL,
  /** Somebody waits for it, such as a pod. */
  WAITING
}
