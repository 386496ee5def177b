package io.vic4j.testkit;

import java.util.Map;

/**
 * What a {@link GuestedHypervisor} does to a VM in the name of its guest, past the hypervisor port:
 * for the port is the host's side, and a guest writes from within. Against a simulator this is an
 * administrator's connection of its own, and the files behind the serial ports.
 *
 * <p>All methods throw {@link io.vic4j.core.NotFoundException} if there is no such VM. They may
 * return before the hypervisor shows what they have done. Called by one thread at a time.
 */
public interface Backdoor {
  /**
   * Sets variables of a VM as its guest would, all of them at once; an empty text removes one.
   *
   * @param changes the new values by key, all of which begin with {@code guestinfo.}
   */
  void setVariables(String id, Map<String, String> changes);

  /**
   * Adds to the output of a serial port. What was added before stands before it, and {@link
   * io.vic4j.core.vm.Hypervisor#openLog} gives all of it as soon as this has returned.
   *
   * @param log one of the names in the VM's definition
   */
  void appendLog(String id, String log, byte[] content);

  /** Powers a VM off, as its guest does at its end. Does nothing if it is off. */
  void powerOff(String id);
}
