package io.vic4j.core.vsphere;

import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualMachineConfigSpec;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Plugs further disks into VMs that are there. Thread-safe. */
final class VmPlugging {
  private final VimSession session;
  private final VimTasks tasks;
  private final VsphereDatastore datastore;

  VmPlugging(VimSession session, VimTasks tasks, VsphereDatastore datastore) {
    this.session = session;
    this.tasks = tasks;
    this.datastore = datastore;
  }

  /**
   * Plugs in the disks that a VM does not have yet.
   *
   * @return whether there were any
   */
  boolean plug(KnownVm vm, List<DiskAttachment> disks) {
    List<VirtualDevice> there = VmDevices.of(session, vm.reference());
    List<DiskAttachment> missing = missing(there, disks);
    if (missing.isEmpty()) {
      return false;
    }
    DatastorePath home = FileAddresses.parse(vm.home()).parent();
    FileAddresses addresses = datastore.addresses();
    VmDevices devices = new VmDevices(there);
    for (DiskAttachment disk : missing) {
      devices.disk(
          disk,
          addresses.text(disk.vmdk()),
          addresses.absoluteText(home.resolve("shared-" + disk.fileSystem() + ".vmdk")));
    }
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    devices.into(spec);
    tasks.repeat(
        "plugging of disks into " + vm.title(),
        vim -> vim.reconfigVM_Task(vm.reference(), spec),
        failure -> missing(VmDevices.of(session, vm.reference()), disks).isEmpty());
    return true;
  }

  private List<DiskAttachment> missing(List<VirtualDevice> there, List<DiskAttachment> disks) {
    Set<String> files = new HashSet<>();
    for (VirtualDevice device : there) {
      if (device.getBacking() instanceof VirtualDiskFlatVer2BackingInfo backing
          && backing.getParent() != null) {
        files.add(backing.getParent().getFileName());
      }
    }
    FileAddresses addresses = datastore.addresses();
    return disks.stream().filter(it -> !files.contains(addresses.text(it.vmdk()))).toList();
  }
}
