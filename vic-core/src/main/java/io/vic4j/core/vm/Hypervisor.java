package io.vic4j.core.vm;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes and runs virtual machines: the port that vSphere, QEMU and the memory of a test fill.
 *
 * <p>The port knows machines, disks and text variables, and nothing of containers; {@link
 * ContainerVms} makes containers of them, over any hypervisor. The hypervisor is the only truth
 * about its VMs: what is kept here is all that is left after a restart of the program.
 *
 * <p>VMs are named by the identifier of their definition. What a call has changed is seen by every
 * call that begins after it has returned, in this process. All methods throw {@link
 * io.vic4j.core.NotFoundException} if there is no such VM where nothing else is said, {@link
 * io.vic4j.core.UnavailableException} if the hypervisor does not answer, {@link
 * io.vic4j.core.UnauthorizedException} if it refuses, and {@link io.vic4j.core.CancelledException}
 * if the thread is interrupted. Thread-safe.
 */
public interface Hypervisor {
  /** What people call it, for messages. */
  String name();

  /** How much it has for VMs now, and how much of that is in use. */
  HypervisorCapacity capacity();

  /**
   * Why VMs cannot be connected to a network now, for people; empty if they can.
   *
   * @param network a name, as {@link NetworkAttachment} has it
   */
  Optional<String> networkProblem(String network);

  /**
   * Makes a VM, powered off: whole, or nothing. Its scratch disks become the VM's own with success;
   * after a failure they are still the caller's.
   *
   * @throws io.vic4j.core.AlreadyExistsException if the scope has a VM of this name, or there is
   *     one with this identifier
   * @throws io.vic4j.core.NotFoundException if a disk, the ISO or a network is not there
   * @throws io.vic4j.core.ConflictException if a scratch disk is another VM's already
   */
  VmRecord create(VmDefinition definition);

  /** The VM of this identifier, in whatever scope; empty if there is none. */
  Optional<VmRecord> find(String id);

  /** The VM of this name in a scope; empty if there is none. */
  Optional<VmRecord> findByName(String scope, String name);

  /** The VMs of a scope, sorted by name. */
  List<VmRecord> list(String scope);

  /**
   * Powers a VM on, or resumes a suspended one. Does nothing if it is on.
   *
   * @return how it is then
   * @throws io.vic4j.core.UnavailableException if there is no room for it to run now
   * @throws io.vic4j.core.ConflictException if another VM that is on writes one of its disks, or
   *     uses one that this VM writes
   */
  VmRecord powerOn(String id);

  /**
   * Takes a VM's power away, at once, without asking its guest. Does nothing if it is off.
   *
   * @return how it is then
   */
  VmRecord powerOff(String id);

  /**
   * Removes a VM with its scratch disks: the folder of each is deleted. Disks of other roles are
   * never touched.
   *
   * @throws io.vic4j.core.ConflictException if it is not powered off
   */
  void remove(String id);

  /**
   * Sets variables of a VM, all of them at once.
   *
   * @param changes the new values by key; an empty text removes the variable
   * @param changeVersion the {@link VmRecord#changeVersion} that the caller has seen
   * @return how it is then
   * @throws io.vic4j.core.ConflictException if it was reconfigured since, by whomever; nothing has
   *     changed then
   */
  VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion);

  /**
   * Plugs further disks into a VM, whether it is on or off, all of them or none. Those that it has
   * already are left as they are. A guest that runs finds them by itself.
   *
   * @param disks ones that are only read
   * @return how it is then
   * @throws io.vic4j.core.NotFoundException if there is no such VM or disk
   * @throws io.vic4j.core.ConflictException if the VM is on and has no place for them until it is
   *     started anew, or it is suspended, or another VM that is on writes one of the disks
   */
  VmRecord plug(String id, List<DiskAttachment> disks);

  /**
   * Gives a VM another name, whether it is on or off; nothing else about it changes but, perhaps,
   * its change version. Does nothing if that is its name already.
   *
   * @return how it is then
   * @throws io.vic4j.core.AlreadyExistsException if the scope has another VM of this name
   */
  VmRecord rename(String id, String name);

  /**
   * Tells the guest of a VM something, and returns when the guest has taken notice.
   *
   * @throws io.vic4j.core.UnavailableException if the guest does not answer, as when it boots
   * @throws io.vic4j.core.NotFoundException if there is no such VM or session
   * @throws io.vic4j.core.ConflictException if the VM is not powered on, or the session named is
   *     over
   */
  void send(String id, GuestCommand command);

  /**
   * Tells a listener of each change of a scope's VMs, as it comes: the power, what the host and the
   * guest have written, a VM that comes or goes, whoever did it. First it is told of each VM that
   * is there. Changes of one VM come in order; several that follow each other quickly may come as
   * one, but never the last one not at all. A lost connection to the hypervisor is mended by the
   * adapter, which then tells what has changed meanwhile.
   *
   * @return what ends it
   */
  Subscription watch(String scope, VmListener listener);

  /**
   * What a serial port has put out so far, since the VM's first start. The caller closes the
   * stream, which throws {@link io.vic4j.core.VicException}s like this port.
   *
   * @param log one of the names in the definition
   * @param from how many bytes to leave out, for who has read them; where there are no more than
   *     that, the stream is empty
   * @throws io.vic4j.core.NotFoundException if there is no such VM or port
   */
  InputStream openLog(String id, String log, long from);

  /**
   * As {@link #openLog}, but reads wait at the end for more, until the VM is off. They throw {@link
   * io.vic4j.core.CancelledException} if the thread is interrupted.
   */
  FollowedLog followLog(String id, String log, long from);

  /** The streams into guests; empty if there is no such way to them. */
  Optional<GuestLinks> guestLinks();
}
