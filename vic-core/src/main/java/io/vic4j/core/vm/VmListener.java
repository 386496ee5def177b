package io.vic4j.core.vm;

/**
 * Is told what becomes of VMs. Its methods are called one at a time, must be short and must not
 * wait; one that throws is logged and called again with the next change.
 */
public interface VmListener {
  /** The VM is there, or its power, its name or a variable of it has changed. */
  void changed(VmRecord vm);

  /** The VM is gone. */
  void vanished(String id);
}
