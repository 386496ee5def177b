package io.vic4j.core.vsphere;

import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualMachineConfigSpec;
import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.DatastorePath;
import java.util.List;
import java.util.Map;

/** Removes VMs with what is theirs, and nothing else. Thread-safe. */
final class VmRemoval {
  /*
   * vSphere destroys a VM with all disks that are plugged in. So what must stay is unplugged first,
   * in a change that also marks the VM as one that is going: it cannot be started any more, and a
   * removal that a crash cut short can be begun again. Then its scratch disks go with their
   * folders, then what its serial ports wrote, which vSphere would leave behind with the VM's folder,
   * and the VM last: as long as something is left, the VM is there to say so. Disks that are layers
   * of changes over shared ones lie in the VM's own folder and go with it.
   */
  private static final String GOING = "vic4j.removing";

  private final VimSession session;
  private final VimTasks tasks;
  private final VsphereDatastore datastore;
  private final FileOperations files;

  VmRemoval(VimSession session, VimTasks tasks, VsphereDatastore datastore, FileOperations files) {
    this.session = session;
    this.tasks = tasks;
    this.datastore = datastore;
    this.files = files;
  }

  /** Checks that nobody has begun to remove a VM. */
  void requireWhole(KnownVm vm) {
    if (vm.extra().containsKey(GOING)) {
      throw new ConflictException(
          vm.title() + " is being removed, or half of it is; remove it again");
    }
  }

  /** Removes a VM that is off. */
  void remove(KnownVm vm) {
    List<String> scratches = VmKeys.lines(vm.extra(), VmKeys.SCRATCH);
    boolean shares = !VmKeys.lines(vm.extra(), VmKeys.VOLUMES).isEmpty();
    if (!vm.extra().containsKey(GOING) && (shares || !scratches.isEmpty())) {
      unplug(vm);
    }
    for (String scratch : scratches) {
      datastore.delete(DatastorePath.parse(scratch).parent());
    }
    DatastorePath home = FileAddresses.parse(vm.home()).parent();
    for (String log : VmKeys.lines(vm.extra(), VmKeys.LOGS)) {
      files.delete(VmCreation.logFile(home, log));
    }
    destroy(vm);
  }

  private void unplug(KnownVm vm) {
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.setExtraConfig(VmKeys.options(Map.of(GOING, "true")));
    spec.setDeviceChange(
        elsewhere(vm).stream().map(VmDevices::removal).toArray(VirtualDeviceConfigSpec[]::new));
    tasks.repeat(
        "removal of " + vm.title(),
        vim -> vim.reconfigVM_Task(vm.reference(), spec),
        failure -> failure instanceof InvalidArgumentException && elsewhere(vm).isEmpty());
  }

  private List<VirtualDevice> elsewhere(KnownVm vm) {
    return VmDevices.of(session, vm.reference()).stream().filter(VmRemoval::isElsewhere).toList();
  }

  /** Whether a device is a disk that is not a layer of changes in the VM's own folder. */
  private static boolean isElsewhere(VirtualDevice device) {
    return device instanceof VirtualDisk
        && !(device.getBacking() instanceof VirtualDiskFlatVer2BackingInfo backing
            && backing.getParent() != null);
  }

  private void destroy(KnownVm vm) {
    try {
      tasks.repeat(
          "removal of " + vm.title(), vim -> vim.destroy_Task(vm.reference()), failure -> false);
    } catch (NotFoundException e) {
      // Somebody else was faster, or an attempt whose answer was lost.
    }
  }
}
