package io.vic4j.pod.kubernetes;

import io.vic4j.core.ImageReference;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a pod that is there is to be other than it was: the few things of which Kubernetes lets that
 * be.
 *
 * @param labels all labels that it is to have, where they changed
 * @param annotations all annotations that it is to have, where they changed
 * @param images the images of those containers that are to have another, by the container's name
 * @param activeDeadline how long it may run, where that changed
 * @param terminationGrace how long its containers have to end well, where that changed
 */
public record PodChange(
    Optional<SortedMap<String, String>> labels,
    Optional<SortedMap<String, String>> annotations,
    SortedMap<String, ImageReference> images,
    Optional<Duration> activeDeadline,
    Optional<Duration> terminationGrace) {
  /** Copies the maps. */
  public PodChange {
    labels = labels.map(PodChange::copy);
    annotations = annotations.map(PodChange::copy);
    images = copy(images);
  }

  private static <V> SortedMap<String, V> copy(Map<String, V> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return labels.isEmpty()
        && annotations.isEmpty()
        && images.isEmpty()
        && activeDeadline.isEmpty()
        && terminationGrace.isEmpty();
  }
}
