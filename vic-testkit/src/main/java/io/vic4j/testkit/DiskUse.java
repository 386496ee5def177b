package io.vic4j.testkit;

import io.vic4j.core.ConflictException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.VmDefinition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which VM owns a scratch disk, and which ones that are on use a disk. Not thread-safe. */
public final class DiskUse {
  private final Map<DatastorePath, String> owners = new HashMap<>();
  private final Map<DatastorePath, String> writers = new HashMap<>();
  private final Map<DatastorePath, Set<String>> readers = new HashMap<>();

  public void own(VmDefinition vm) {
    for (DiskAttachment disk : vm.disks()) {
      String owner = owners.get(disk.vmdk());
      if (owner != null) {
        throw new ConflictException(
            "disk " + disk.vmdk() + " is the scratch disk of VM " + owner + "; make another one");
      }
    }
    for (DiskAttachment disk : vm.disks()) {
      if (disk.role().isOwn()) {
        owners.put(disk.vmdk(), vm.id());
      }
    }
  }

  public void disown(VmDefinition vm) {
    vm.disks().forEach(disk -> owners.remove(disk.vmdk(), vm.id()));
  }

  public void plugIn(VmDefinition vm) {
    for (DiskAttachment disk : vm.disks()) {
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
    for (DiskAttachment disk : vm.disks()) {
      if (disk.role().isReadOnly()) {
        readers.computeIfAbsent(disk.vmdk(), path -> new HashSet<>()).add(vm.id());
      } else {
        writers.put(disk.vmdk(), vm.id());
      }
    }
  }

  public void unplug(VmDefinition vm) {
    for (DiskAttachment disk : vm.disks()) {
      writers.remove(disk.vmdk(), vm.id());
      readers.computeIfPresent(
          disk.vmdk(),
          (path, users) -> {
            users.remove(vm.id());
            return users.isEmpty() ? null : users;
          });
    }
  }
}
