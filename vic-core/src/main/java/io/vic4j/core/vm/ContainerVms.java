package io.vic4j.core.vm;

import io.vic4j.core.IdSource;
import io.vic4j.core.TimeSource;
import java.util.List;
import java.util.Optional;

/**
 * The container VMs of one virtual container host, over any {@link Hypervisor}.
 *
 * <p>Thread-safe. Closing it ends its watch on the hypervisor; the VMs go on.
 */
@SuppressWarnings("DoNotCallSuggester") // The engine follows.
public final class ContainerVms implements AutoCloseable {
  private ContainerVms() {}

  /**
   * The container VMs of a scope.
   *
   * @param hypervisor what they stand on; stays the caller's
   * @param scope whose they are: the virtual container host's name
   * @param time what waits are measured by
   * @param ids where the identifiers of new VMs come from
   */
  public static ContainerVms over(
      Hypervisor hypervisor, String scope, TimeSource time, IdSource ids) {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes a VM: whole, or nothing. With success, its scratch disks are the VM's own.
   *
   * @throws io.vic4j.core.AlreadyExistsException if there is one of this name
   * @throws io.vic4j.core.NotFoundException if a disk is not there
   */
  public ContainerVm create(ContainerVmSpec spec) {
    throw new UnsupportedOperationException();
  }

  /**
   * The VM of this identifier.
   *
   * @throws io.vic4j.core.NotFoundException if there is none
   */
  public ContainerVm get(String id) {
    throw new UnsupportedOperationException();
  }

  /** The VM of this name; empty if there is none. */
  public Optional<ContainerVm> find(String name) {
    throw new UnsupportedOperationException();
  }

  /** All VMs, sorted by name. */
  public List<ContainerVm> list() {
    throw new UnsupportedOperationException();
  }

  /** Tells a listener of each VM that is there, and of each change as it comes, until closed. */
  public Subscription watch(ContainerVmListener listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
