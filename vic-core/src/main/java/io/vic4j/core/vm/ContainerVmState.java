package io.vic4j.core.vm;

/**
 * Where a container VM is in its life; {@link ContainerVm} says how it gets from one to another.
 */
public enum ContainerVmState {
  /** Made, and never started. */
  CREATED,
  /** Powered on; the guest has not said yet that its sessions have begun. */
  STARTING,
  /** Powered on, and the guest has begun its sessions. */
  RUNNING,
  /** Powered on, and told to stop. */
  STOPPING,
  /** Powered off, by whomever, after it was started. */
  STOPPED,
  /** Halted by the hypervisor, with its memory kept. */
  SUSPENDED,
  /** The hypervisor cannot say, for want of the host or the datastore it is on. */
  UNKNOWN,
  /** Gone. */
  REMOVED;

  /** Whether the VM is powered on: starting, running or stopping. */
  public boolean isOn() {
    return this == STARTING || this == RUNNING || this == STOPPING;
  }
}
