package io.vic4j.pod;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.VchName;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.storage.volume.Volume;
import io.vic4j.storage.volume.VolumeUser;
import io.vic4j.storage.volume.VolumeUsers;
import java.util.ArrayList;
import java.util.List;

/**
 * Which VMs have a volume attached: asks the hypervisor for those of all hosts. A VM that cannot be
 * read may have it, so nothing is said then but what is wrong with that one.
 */
final class AttachedVolumes implements VolumeUsers {
  private final HostVms hosts;

  AttachedVolumes(HostVms hosts) {
    this.hosts = hosts;
  }

  @Override
  public List<VolumeUser> of(Volume volume) {
    List<VolumeUser> users = new ArrayList<>();
    for (VchName host : hosts.names()) {
      try (ContainerVms vms = hosts.of(host)) {
        for (VmRecord record : hosts.hypervisor().list(host.value())) {
          addUser(users, host, vms, record, volume);
        }
      }
    }
    return users;
  }

  private static void addUser(
      List<VolumeUser> users, VchName host, ContainerVms vms, VmRecord record, Volume volume) {
    ContainerVm vm;
    try {
      vm = vms.get(record.id());
    } catch (NotFoundException e) {
      return; // Removed since it was listed.
    }
    for (DiskAttachment disk : vm.spec().disks()) {
      if (isOn(disk, volume)) {
        users.add(new VolumeUser(host.value(), vm.id(), vm.name(), disk.role().isReadOnly()));
      }
    }
  }

  static boolean isOn(DiskAttachment disk, Volume volume) {
    return disk.role().isVolume()
        && disk.vmdk().equals(volume.path())
        && disk.fileSystem().equals(volume.fileSystemUuid());
  }
}
