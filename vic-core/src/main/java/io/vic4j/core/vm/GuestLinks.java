package io.vic4j.core.vm;

import io.vic4j.core.link.LinkStream;

/**
 * The streams into guests of a hypervisor that has them: what {@link ContainerVm#exec}, {@link
 * ContainerVm#attach} and copying stand on. Thread-safe.
 */
public interface GuestLinks {
  /**
   * Connects to the tether of a VM. A guest hears one connection at a time: a new one ends the one
   * before. It ends when the VM loses its power. The caller closes it.
   *
   * @param receiver who gets what the guest sends
   * @throws io.vic4j.core.NotFoundException if there is no such VM
   * @throws io.vic4j.core.ConflictException if it is not on
   * @throws io.vic4j.core.UnavailableException if there is no connection to be had
   */
  LinkStream open(String id, LinkStream.Receiver receiver);
}
