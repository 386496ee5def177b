package io.vic4j.pod.kubernetes;

import io.vic4j.pod.PodSpec;

/** A pod's specification with a change in it. */
final class ChangedSpec {
  private ChangedSpec() {}

  static PodSpec of(PodSpec spec, PodChange change) {
    PodSpec.Builder changed = spec.toBuilder();
    change.activeDeadline().ifPresent(changed::activeDeadline);
    change.terminationGrace().ifPresent(changed::terminationGrace);
    return changed.build();
  }
}
