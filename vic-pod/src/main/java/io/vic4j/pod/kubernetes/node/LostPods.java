package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;

/**
 * Pods that ran, as their status says, and are not on the hypervisor any more: somebody has removed
 * the VM. One that is to run once only must not run again.
 */
final class LostPods {
  static final String REASON = "VmLost";
  static final String MESSAGE =
      "the pod's VM is not on the hypervisor any more, and its restartPolicy is Never";

  private LostPods() {}

  static boolean mayNotBeMadeAgain(Pod asked) {
    return asked.getStatus() != null
        && "Running".equals(asked.getStatus().getPhase())
        && "Never".equals(asked.getSpec().getRestartPolicy());
  }

  static PodStatus failed(Pod asked) {
    return new PodStatusBuilder(asked.getStatus())
        .withPhase("Failed")
        .withReason(REASON)
        .withMessage(MESSAGE)
        .build();
  }
}
