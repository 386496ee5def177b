package io.vic4j.core.vm;

/**
 * Is told what becomes of container VMs. Called once at a time; must be short and must not wait.
 * One that throws is logged and called again with the next change.
 */
@FunctionalInterface
public interface ContainerVmListener {
  /**
   * The VM is there, or something about it has changed.
   *
   * @param vm which one
   * @param status how it was then; {@link ContainerVmState#REMOVED} if it is no more
   */
  void changed(ContainerVm vm, ContainerVmStatus status);
}
