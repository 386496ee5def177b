package io.vic4j.pod;

import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.storage.volume.Volume;
import io.vic4j.storage.volume.VolumeFilter;
import io.vic4j.storage.volume.VolumeSpec;
import io.vic4j.storage.volume.VolumeStore;
import io.vic4j.storage.volume.VolumeUser;
import io.vic4j.storage.volume.VolumeUsers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The volumes of a virtual container host: disks that outlive containers. Hosts on one datastore
 * that are not given folders of their own share them.
 *
 * <pre>{@code
 * vch.volumes().create(VolumeSpec.builder("data").sizeBytes(10L << 30).build());
 * vch.containers().create(
 *     ContainerSpec.builder("registry.example/db:1").volume("data", "/var/lib/db").build());
 * }</pre>
 *
 * <p>A volume may be attached to several VMs. One of them that is on may write it, or all of them
 * read it: the hypervisor refuses to power on who would break this. Thread-safe.
 */
public final class Volumes {
  private final VolumeStore store;
  private final VolumeUsers users;
  private final Duration staleAfter;

  Volumes(VolumeStore store, VolumeUsers users, Duration staleAfter) {
    this.store = store;
    this.users = users;
    this.staleAfter = staleAfter;
  }

  /**
   * Makes a volume: an empty file system.
   *
   * @throws io.vic4j.core.AlreadyExistsException if there is one of this name
   * @throws io.vic4j.core.InvalidArgumentException if its size is out of range
   */
  public Volume create(VolumeSpec spec) {
    return store.create(spec);
  }

  /** The volume of this name; empty if there is none. */
  public Optional<Volume> find(String name) {
    return store.find(name);
  }

  /**
   * The volume of this name.
   *
   * @throws io.vic4j.core.NotFoundException if there is none
   */
  public Volume get(String name) {
    return store.get(name);
  }

  /** All volumes, sorted by name. */
  public List<Volume> list() {
    return list(VolumeFilter.ALL);
  }

  /** The volumes that a filter lets through, sorted by name. */
  public List<Volume> list(VolumeFilter filter) {
    return store.list(filter);
  }

  /**
   * Who has a volume attached now: VMs of any host on this hypervisor, whether on or off, those of
   * pods too.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such volume
   * @throws io.vic4j.core.CorruptException if there is a VM of which nobody can say
   */
  public List<VolumeUser> users(String name) {
    return users.of(get(name));
  }

  /**
   * Removes a volume with all that is on it. VMs of another hypervisor cannot be seen from here: on
   * a datastore that several hypervisors share, {@link VolumeStore#remove} has to be told of all of
   * them.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such volume
   * @throws io.vic4j.core.ConflictException if a VM has it attached, on or off
   * @throws io.vic4j.core.CorruptException if there is a VM of which nobody can say
   */
  public void remove(String name) {
    store.remove(name, users);
  }

  /**
   * Removes the anonymous volumes that no VM has, as {@code docker volume prune} does; those that
   * were just made stay, for their VM may be about to be made.
   *
   * @return those that were removed
   */
  public List<Volume> prune() {
    return store.prune(users, staleAfter);
  }

  /** The anonymous volumes that a VM has. */
  List<Volume> anonymous(ContainerVmSpec vm) {
    return vm.disks().stream()
        .filter(disk -> disk.role().isVolume() && !disk.vmdk().parent().isRoot())
        .flatMap(
            disk ->
                store
                    .find(disk.vmdk().parent().name())
                    .filter(volume -> AttachedVolumes.isOn(disk, volume))
                    .stream())
        .filter(Volume::anonymous)
        .toList();
  }

  @Override
  public String toString() {
    return "Volumes[" + store + "]";
  }
}
