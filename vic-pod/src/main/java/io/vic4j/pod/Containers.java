package io.vic4j.pod;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.volume.Volume;
import java.util.List;
import java.util.Optional;

/**
 * The containers of a virtual container host, each a VM of its own: made from images, found by name
 * or identifier. The VMs of {@linkplain PodLifecycle pods} are not among them.
 *
 * <p>Thread-safe. A container is started, stopped and removed by its {@link ContainerVm}.
 */
public final class Containers {
  private static final int NAME_DIGITS = 12;

  private final ContainerVms vms;
  private final VmAssembly assembly;
  private final Volumes volumes;
  private final StoppedContainers stopped;
  private final IdSource ids;

  Containers(
      ContainerVms vms,
      VmAssembly assembly,
      Volumes volumes,
      StoppedContainers stopped,
      IdSource ids) {
    this.vms = vms;
    this.assembly = assembly;
    this.volumes = volumes;
    this.stopped = stopped;
    this.ids = ids;
  }

  /** Makes a container; as {@link #create(ContainerSpec, Progress)}. */
  public ContainerVm create(ContainerSpec spec) {
    return create(spec, Progress.NONE);
  }

  /**
   * Makes a container: pulls its image by its pull policy, makes a scratch disk and the volumes
   * that are not there yet, attaches them and the disks of the image's layers, and makes the VM
   * last. Where a VM has fewer slots than the image has layers, adjacent layers get one disk, which
   * stays in the store for others. After a failure or an interruption nothing of it stays behind,
   * and the error is the first that happened; layers pulled by then stay in the store.
   *
   * @param progress gets a task if the image is pulled
   * @return the container, not started
   * @throws io.vic4j.core.AlreadyExistsException if there is one of this name
   * @throws io.vic4j.core.NotFoundException if the image is nowhere, or not here and the policy is
   *     {@link PullPolicy#NEVER}
   * @throws io.vic4j.core.vm.InvalidSpecException if the image and the specification together do
   *     not say what to run
   */
  public ContainerVm create(ContainerSpec spec, Progress progress) {
    String name = spec.name().orElseGet(() -> ids.next().substring(0, NAME_DIGITS));
    if (vms.find(name).isPresent()) {
      // Spares a pull that were for nothing; the hypervisor has the last word.
      throw new AlreadyExistsException("container", name);
    }
    if (!spec.options().mounts().isEmpty()) {
      throw new InvalidSpecException("mounts", "only a pod has volumes to mount; use volume()");
    }
    return assembly.make(Machine.of(spec, name), progress);
  }

  /**
   * The container of this identifier or name.
   *
   * @throws io.vic4j.core.NotFoundException if there is none
   */
  public ContainerVm get(String nameOrId) {
    return find(nameOrId).orElseThrow(() -> new NotFoundException("container", nameOrId));
  }

  /** The container of this identifier or name; empty if there is none. */
  public Optional<ContainerVm> find(String nameOrId) {
    return vms.find(nameOrId).or(() -> byId(nameOrId)).filter(vm -> !PodView.isPod(vm));
  }

  private Optional<ContainerVm> byId(String id) {
    try {
      return Optional.of(vms.get(id));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  /**
   * The ID of the image that a session of a VM was made from; empty if the VM was not made of
   * images by a virtual container host.
   *
   * @param session the session's name: in a pod that of the container
   */
  public static Optional<Digest> imageId(ContainerVmSpec vm, String session) {
    return Optional.ofNullable(vm.labels().get(Labels.IMAGE_ID + session)).map(Digest::parse);
  }

  /**
   * The files of a container that is off, as it saw them: its image, what it wrote over it, and its
   * volumes. Read from its disks; whoever starts it, spoils the reading. The caller closes it.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such container
   * @throws io.vic4j.core.ConflictException if it is on or suspended: stop it first
   */
  public OverlayFiles files(String nameOrId) {
    return stopped.files(get(nameOrId));
  }

  /** Makes an image of a container; as {@link #commit(String, CommitOptions, Progress)}. */
  public Image commit(String nameOrId, CommitOptions options) {
    return commit(nameOrId, options, Progress.NONE);
  }

  /**
   * Makes an image of a container that is off, as {@code docker commit} does: its image, with one
   * layer more that holds what the container wrote; if that is nothing, with none. Volumes are not
   * part of it. The config is that of the image with the changes of the options, whatever the
   * container's specification had in its stead. The image is in this host's scope then, by name or
   * without one, and can be run and given away. After a failure it is not, unless that came of the
   * last step, which names it.
   *
   * @param progress gets a task if a layer's disk has to be made
   * @throws io.vic4j.core.NotFoundException if there is no such container, or it is removed
   *     meanwhile
   * @throws io.vic4j.core.ConflictException if it is on or suspended, or is started meanwhile: stop
   *     it first
   * @throws io.vic4j.core.UnsupportedException if it wrote something that no layer can hold
   * @throws io.vic4j.core.CorruptException if what it wrote cannot be read
   */
  public Image commit(String nameOrId, CommitOptions options, Progress progress) {
    return stopped.commit(get(nameOrId), options, progress);
  }

  /**
   * Removes a container with the anonymous volumes that it has, as {@code docker rm -v} does;
   * {@link ContainerVm#remove} leaves them, as {@code docker rm} does, until {@link Volumes#prune}.
   * Named volumes stay, and so does one that another container has, too.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such container
   * @throws io.vic4j.core.ConflictException if it is on or suspended: stop it first
   */
  public void removeWithVolumes(String nameOrId) {
    ContainerVm vm = get(nameOrId);
    List<Volume> anonymous = volumes.anonymous(vm.spec());
    vm.remove();
    anonymous.forEach(volume -> VolumePlan.removeUnlessUsed(volumes, volume));
  }

  /** All containers, sorted by name. */
  public List<ContainerVm> list() {
    return vms.list().stream().filter(vm -> !PodView.isPod(vm)).toList();
  }
}
