package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.Optional;

/**
 * Says which volume of the virtual container host a PersistentVolumeClaim stands for. Called by
 * several threads.
 */
@FunctionalInterface
public interface ClaimVolumes {
  /** The name of the volume; empty if there is none yet, so that pods wait for it. */
  Optional<String> volume(PersistentVolumeClaim claim);

  /** The volume is named as the PersistentVolume that the claim is bound to. */
  static ClaimVolumes byVolumeName() {
    return claim ->
        Optional.ofNullable(claim.getSpec())
            .map(spec -> spec.getVolumeName())
            .filter(name -> !name.isEmpty());
  }
}
