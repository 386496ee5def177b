package io.vic4j.pod;

import io.vic4j.core.Progress;
import io.vic4j.core.vm.ContainerVm;
import java.util.List;
import java.util.Optional;

/**
 * The containers of a virtual container host, each a VM of its own: made from images, found by name
 * or identifier. The VMs of {@linkplain PodLifecycle pods} are not among them.
 *
 * <p>Thread-safe. A container is started, stopped and removed by its {@link ContainerVm}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Containers {
  Containers() {}

  /** Makes a container; as {@link #create(ContainerSpec, Progress)}. */
  public ContainerVm create(ContainerSpec spec) {
    return create(spec, Progress.NONE);
  }

  /**
   * Makes a container: pulls its image by its pull policy, makes a scratch disk, attaches the disks
   * of the image's layers, and makes the VM last. After a failure or an interruption nothing of it
   * stays behind, and the error is the first that happened; layers pulled by then stay in the
   * store.
   *
   * @param progress gets a task if the image is pulled
   * @return the container, not started
   * @throws io.vic4j.core.AlreadyExistsException if there is one of this name
   * @throws io.vic4j.core.NotFoundException if the image is nowhere, or not here and the policy is
   *     {@link PullPolicy#NEVER}
   * @throws io.vic4j.core.vm.InvalidSpecException if the image and the specification together do
   *     not say what to run
   * @throws io.vic4j.core.vm.TooManyDisksException if the image has more layers than a VM has slots
   *     for, and they could not be put together
   */
  public ContainerVm create(ContainerSpec spec, Progress progress) {
    throw new UnsupportedOperationException();
  }

  /**
   * The container of this identifier or name.
   *
   * @throws io.vic4j.core.NotFoundException if there is none
   */
  public ContainerVm get(String nameOrId) {
    throw new UnsupportedOperationException();
  }

  /** The container of this identifier or name; empty if there is none. */
  public Optional<ContainerVm> find(String nameOrId) {
    throw new UnsupportedOperationException();
  }

  /** All containers, sorted by name. */
  public List<ContainerVm> list() {
    throw new UnsupportedOperationException();
  }
}
