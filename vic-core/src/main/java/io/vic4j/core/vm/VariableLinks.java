package io.vic4j.core.vm;

import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.link.LinkStream;

/**
 * Streams into guests over the variables of their VMs, as {@link GuestProtocol} has it: {@link
 * Hypervisor#guestLinks} for hypervisors that have no other channel to a guest. Each piece of at
 * most {@value GuestProtocol#LINK_BYTES} bytes takes a change of the VM's configuration and the way
 * of its news: enough for commands and their output, slow for large files.
 *
 * <p>Thread-safe. A connection has a thread of its own for as long as it is open.
 */
public final class VariableLinks implements GuestLinks {
  private final VariableCommands.Machines machines;

  private VariableLinks(VariableCommands.Machines machines) {
    this.machines = machines;
  }

  /** Streams into the guests of these machines. */
  public static VariableLinks over(VariableCommands.Machines machines) {
    return new VariableLinks(machines);
  }

  @Override
  public LinkStream open(String id, LinkStream.Receiver receiver) {
    VmRecord vm = machines.find(id).orElseThrow(() -> new NotFoundException("container vm", id));
    if (vm.power() != PowerState.ON) {
      throw new ConflictException("VM " + vm.name() + " is not on");
    }
    return VariableLink.begin(machines, vm, receiver);
  }
}
