package io.vic4j.core.vm;

/**
 * Is told what becomes of VMs. Its methods are called one at a time; they must be short, and must
 * neither wait nor throw.
 */
public interface VmListener {
  /** The VM is there, or its power, its name or a variable of it has changed. */
  void changed(VmRecord vm);

  /** The VM is gone. */
  void vanished(String id);
}
