package io.vic4j.core.vsphere;

import com.vmware.vim25.HttpNfcLeaseDeviceUrl;
import com.vmware.vim25.HttpNfcLeaseInfo;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.ParaVirtualSCSIController;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConfigSpecFileOperation;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualDiskMode;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachineFileInfo;
import com.vmware.vim25.VirtualMachineImportSpec;
import com.vmware.vim25.VirtualSCSISharing;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DiskEncoder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gets disks onto a datastore as stream-optimized VMDKs. Thread-safe. */
final class DiskImport {
  /*
   * vSphere imports VMs, not disks. So a disk comes as the only one of a VM that is never on, and
   * then changes places:
   *
   *   1. ImportVApp makes the VM and gives a lease, with an address to send the disk to.
   *   2. The disk is sent, and the lease kept alive meanwhile. A lease that is not completed ends
   *      by itself after some minutes, and vSphere removes VM and disk.
   *   3. The lease is completed; the disk is unplugged, moved to its place, and the VM destroyed.
   *
   * A crash leaves a VM called vic-import-… or a folder on the datastore called so, which the sweep
   * removes. The disk's place is taken by the move at the end alone.
   */
  private static final Logger log = LoggerFactory.getLogger(DiskImport.class);
  private static final String PREFIX = "vic-import-";
  private static final int ATTEMPTS = 3;

  private final VimSession session;
  private final VimTasks tasks;
  private final Site site;
  private final FileAddresses addresses;
  private final FileOperations files;
  private final VmFolders folders;
  private final NfcUpload upload;
  private final IdSource ids;

  DiskImport(
      VimSession session,
      VimTasks tasks,
      Site site,
      FileAddresses addresses,
      FileOperations files,
      VmFolders folders,
      NfcUpload upload,
      IdSource ids) {
    this.session = session;
    this.tasks = tasks;
    this.site = site;
    this.addresses = addresses;
    this.files = files;
    this.folders = folders;
    this.upload = upload;
    this.ids = ids;
  }

  /**
   * Takes a disk in.
   *
   * @param target where it goes, in the datastore
   * @param name what the target is called in an error
   * @throws io.vic4j.core.AlreadyExistsException if something is there
   */
  void take(
      DatastoreReader content,
      DiskEncoder encoder,
      DatastorePath target,
      DatastorePath name,
      Progress progress) {
    try (ProgressTask task = progress.begin("upload of " + name);
        EncodedDisk disk = EncodedDisk.of(content, encoder)) {
      task.total(disk.sizeBytes());
      AtomicLong told = new AtomicLong();
      for (int attempt = 1; ; attempt++) {
        try {
          take(content.sizeBytes(), disk, target, name, task, told);
          task.complete();
          return;
        } catch (VicException e) {
          // A lease ends with the session that it was made in.
          boolean broken = e instanceof BrokenConnectionException || VimFaults.isExpiry(e);
          if (!broken || attempt == ATTEMPTS) {
            throw e;
          }
          log.info("the import of disk '{}' is begun anew: {}", name, e.getMessage());
        }
      }
    }
  }

  private void take(
      long capacityBytes,
      EncodedDisk disk,
      DatastorePath target,
      DatastorePath name,
      ProgressTask progress,
      AtomicLong told) {
    String vmName = PREFIX + ids.next().substring(0, 20);
    String what = "import of disk " + name;
    VirtualMachineImportSpec spec = new VirtualMachineImportSpec();
    spec.setConfigSpec(vm(vmName, capacityBytes));
    ManagedObjectReference folder =
        site.pool().getType().equals("VirtualApp") ? null : folders.top();
    ManagedObjectReference lease =
        session.call(what, vim -> vim.importVApp(site.pool(), spec, folder, site.host()));
    HttpNfcLeaseInfo info = null;
    try {
      info = NfcLease.awaitReady(session, lease, what);
      upload.send(
          deviceUrl(info, what), disk, progress, told, NfcLease.keeper(session, lease, info));
      NfcLease.complete(session, lease, what);
    } catch (RuntimeException e) {
      ManagedObjectReference half = info == null ? null : info.getEntity();
      VsphereDatastore.undisturbed(
          () -> {
            if (!NfcLease.abort(session, lease, e) && half != null) {
              destroy(half, what); // The lease may have been completed, without our knowing.
            }
          });
      throw e;
    }
    ManagedObjectReference imported = info.getEntity();
    boolean moved = false;
    try {
      files.moveDisk(unplug(imported, what), target, name);
      moved = true;
    } finally {
      boolean disksLeft = !moved;
      VsphereDatastore.undisturbed(
          () -> {
            if (destroy(imported, what) && disksLeft) {
              files.deleteWithDisks(DatastorePath.parse(vmName));
            }
          });
    }
  }

  private static HttpNfcLeaseDeviceUrl deviceUrl(HttpNfcLeaseInfo info, String what) {
    HttpNfcLeaseDeviceUrl[] urls = info.getDeviceUrl();
    if (urls != null) {
      for (HttpNfcLeaseDeviceUrl url : urls) {
        if (urls.length == 1 || Boolean.TRUE.equals(url.getDisk())) {
          return url;
        }
      }
    }
    throw new UnavailableException(what + ": vSphere gives no address to send it to", null);
  }

  /** A VM that is nothing but the holder of a disk. */
  private VirtualMachineConfigSpec vm(String name, long capacityBytes) {
    ParaVirtualSCSIController controller = new ParaVirtualSCSIController();
    controller.setKey(-1);
    controller.setBusNumber(0);
    controller.setSharedBus(VirtualSCSISharing.noSharing);
    VirtualDisk disk = new VirtualDisk();
    disk.setKey(-2);
    disk.setControllerKey(-1);
    disk.setUnitNumber(0);
    disk.setCapacityInKB((capacityBytes + 1023) / 1024);
    disk.setBacking(
        VmDevices.backing(addresses.absoluteText(DatastorePath.ROOT), VirtualDiskMode.persistent));
    VirtualDeviceConfigSpec addDisk = VmDevices.addition(disk);
    addDisk.setFileOperation(VirtualDeviceConfigSpecFileOperation.create);
    VirtualMachineFileInfo home = new VirtualMachineFileInfo();
    home.setVmPathName(addresses.absoluteText(DatastorePath.parse(name).resolve(name + ".vmx")));
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.setName(name);
    spec.setFiles(home);
    spec.setGuestId(VmCreation.GUEST);
    spec.setNumCPUs(1);
    spec.setMemoryMB(32L);
    spec.setExtraConfig(
        new OptionValue[] {VmKeys.option(VmKeys.IMPORT, addresses.text(DatastorePath.ROOT))});
    spec.setDeviceChange(new VirtualDeviceConfigSpec[] {VmDevices.addition(controller), addDisk});
    return spec;
  }

  /** Takes the disk out of the VM, and says where it is. */
  private DatastorePath unplug(ManagedObjectReference vm, String what) {
    VirtualDevice disk =
        disk(vm)
            .orElseThrow(
                () -> new UnavailableException(what + ": the imported VM has no disk", null));
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.setDeviceChange(new VirtualDeviceConfigSpec[] {VmDevices.removal(disk)});
    tasks.repeat(
        what,
        vim -> vim.reconfigVM_Task(vm, spec),
        failure -> failure instanceof InvalidArgumentException && disk(vm).isEmpty());
    return FileAddresses.parse(((VirtualDiskFlatVer2BackingInfo) disk.getBacking()).getFileName());
  }

  private Optional<VirtualDevice> disk(ManagedObjectReference vm) {
    return VmDevices.of(session, vm).stream()
        .filter(
            device ->
                device instanceof VirtualDisk
                    && device.getBacking() instanceof VirtualDiskFlatVer2BackingInfo)
        .findFirst();
  }

  private boolean destroy(ManagedObjectReference vm, String what) {
    try {
      tasks.repeat(what, vim -> vim.destroy_Task(vm), failure -> false);
      return true;
    } catch (NotFoundException e) {
      log.debug("somebody else has removed it", e);
      return true;
    } catch (VicException e) {
      log.warn("{}: could not remove VM {}; the sweep will", what, vm.getVal(), e);
      return false;
    }
  }

  /** Removes what imports of crashed programs have left, if it was not written to since. */
  void sweep(Instant limit) {
    List<DatastorePath> stale = files.staleFolders(PREFIX, limit);
    if (stale.isEmpty()) {
      return;
    }
    Map<String, ManagedObjectReference> vms = folders.vms();
    for (DatastorePath folder : stale) {
      log.info("removing what a crash left of an import: '{}'", folder);
      ManagedObjectReference vm = vms.get(folder.name());
      if (vm == null || destroy(vm, "sweep of " + folder)) {
        files.deleteWithDisks(folder); // Never from under a VM.
      }
    }
  }
}
