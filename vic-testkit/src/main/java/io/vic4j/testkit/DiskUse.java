package io.vic4j.testkit;

import io.vic4j.core.ConflictException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.VmDefinition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which VM owns a scratch disk, and which ones that are on use a disk. Not thread-safe. */
public final class DiskUse {
  private final Map<DatastorePath, String> owners = new HashMap<>();
  private final Map<DatastorePath, String> writers = new HashMap<>();
  private final Map<DatastorePath, Set<String>> readers = new HashMap<>();

  public void own(VmDefinition vm) {
    own(vm.id(), vm.disks());
  }

  /** Takes further disks for a VM. */
  public void own(String vmId, List<DiskAttachment> disks) {
    for (DiskAttachment disk : disks) {
      String owner = owners.get(disk.vmdk());
      if (owner != null) {
        throw new ConflictException(
            "disk " + disk.vmdk() + " is the scratch disk of VM " + owner + "; make another one");
      }
    }
    for (DiskAttachment disk : disks) {
      if (disk.role().isOwn()) {
        owners.put(disk.vmdk(), vmId);
      }
    }
  }

  public void disown(VmDefinition vm) {
    vm.disks().forEach(disk -> owners.remove(disk.vmdk(), vm.id()));
  }

  public void plugIn(VmDefinition vm) {
    plugIn(vm.id(), vm.disks());
  }

  /** Plugs further disks into a VM that is on. */
  public void plugIn(String vmId, List<DiskAttachment> disks) {
    for (DiskAttachment disk : disks) {
      @Nullable String writer = writers.get(disk.vmdk());
      boolean read = readers.containsKey(disk.vmdk());
      if (writer != null || (read && !disk.role().isReadOnly())) {
        throw new ConflictException(
            "disk "
                + disk.vmdk()
                + " is in use by VM "
                + (writer != null ? writer : readers.get(disk.vmdk()))
                + "; stop that one first");
      }
    }
    for (DiskAttachment disk : disks) {
      if (disk.role().isReadOnly()) {
        readers.computeIfAbsent(disk.vmdk(), path -> new HashSet<>()).add(vmId);
      } else {
        writers.put(disk.vmdk(), vmId);
      }
    }
  }

  public void unplug(VmDefinition vm) {
    unplug(vm.id(), vm.disks());
  }

  /** Takes disks from a VM that is on. */
  public void unplug(String vmId, List<DiskAttachment> disks) {
    for (DiskAttachment disk : disks) {
      writers.remove(disk.vmdk(), vmId);
      readers.computeIfPresent(
          disk.vmdk(),
          (path, users) -> {
            users.remove(vmId);
            return users.isEmpty() ? null : users;
          });
    }
  }
}
