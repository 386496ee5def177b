package io.vic4j.core.vm;

/** Whether a VM is on, as its hypervisor sees it. */
public enum PowerState {
  /** It is not running. */
  OFF,
  /** It runs. */
  ON,
  /** It is halted, and its memory is kept. */
  SUSPENDED,
  /** The hypervisor has lost sight of it: its host or its datastore does not answer. */
  UNKNOWN
}
