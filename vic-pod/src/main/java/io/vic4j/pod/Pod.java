package io.vic4j.pod;

import java.time.Instant;

/**
 * A pod as it was at one moment: what it is to be, and how it was. Asking {@link PodLifecycle}
 * again gives a newer one.
 *
 * @param uid tells it from all other pods, also of the same name: a UUID, or what its creator gave
 * @param spec what it is to be, as its creator gave it
 * @param created when it was made
 * @param vmId the identifier of its VM
 * @param status how it was
 */
public record Pod(String uid, PodSpec spec, Instant created, String vmId, PodStatus status) {
  /** Its name within its namespace. */
  public PodKey key() {
    return spec.key();
  }

  /** Where it was in its life. */
  public PodPhase phase() {
    return status.phase();
  }
}
