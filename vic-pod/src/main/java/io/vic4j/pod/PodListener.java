package io.vic4j.pod;

/**
 * Is told what becomes of pods. Its methods are called one at a time, must be short and must not
 * wait; one that throws is logged and called again with the next change.
 */
public interface PodListener {
  /** The pod is there, or its status has changed. */
  void changed(Pod pod);

  /** The pod is gone; this is how it was before. */
  void removed(Pod pod);
}
