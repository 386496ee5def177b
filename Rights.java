package io.vic4j.core.vsphere;

import static io.vic4j.core.vsphere.Feature.CONTAINERS;
import static io.vic4j.core.vsphere.Feature.DISK_IMPORT;
import static io.vic4j.core.vsphere.Feature.FILES;
import static io.vic4j.core.vsphere.Feature.NETWORKS;
import static io.vic4j.core.vsphere.Feature.SESSION;
import static io.vic4j.core.vsphere.Feature.VAPP;

import io.vic4j.core.vsphere.Right.Necessity;
import io.vic4j.core.vsphere.Right.Target;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The privileges that this library takes, all of them, by the calls that it makes.
 *
 * <p>Source: vSphere Web Services API 6.0, <i>Required Privileges</i> of each method; for files by
 * HTTP, vSphere Web Services SDK Programming Guide, <i>Accessing Datastore Files</i>.
 */
final class Rights {
  static final List<Right> ALL =
      List.of(
          free(
              "System.Anonymous",
              "RetrieveServiceContent",
              "Login",
              "RetrievePropertiesEx",
              "ContinueRetrievePropertiesEx",
              "WaitForUpdatesEx",
              "CreateFilter"),
          free(
              "System.View",
              "Logout",
              "CurrentTime",
              "CreateContainerView",
              "DestroyView",
              "CreatePropertyCollector",
              "DestroyPropertyCollector"),
          free("System.Read", "RetrievePropertiesEx", "WaitForUpdatesEx"),
          optional("Sessions.ValidateSession", Target.ROOT, "HasPrivilegeOnEntities"),
          optional("Global.CancelTask", Target.DATACENTER, "CancelTask"),
          optional("Global.Licenses", Target.ROOT, "RetrievePropertiesEx"),
          right(
              FILES,
              "Datastore.Browse",
              Target.DATASTORE,
              "SearchDatastore_Task",
              "SearchDatastoreSubFolders_Task",
              "HEAD /folder",
              "GET /folder"),
          right(
              FILES,
              "Datastore.FileManagement",
              Target.DATASTORE,
              "MakeDirectory",
              "MoveDatastoreFile_Task",
              "DeleteDatastoreFile_Task",
              "MoveVirtualDisk_Task",
              "CopyVirtualDisk_Task",
              "DeleteVirtualDisk_Task",
              "HEAD /folder",
              "GET /folder",
              "PUT /folder"),
          right(
              DISK_IMPORT,
              "VApp.Import",
              Target.POOL,
              "ImportVApp",
              "HttpNfcLeaseProgress",
              "HttpNfcLeaseComplete",
              "HttpNfcLeaseAbort",
              "POST /nfc",
              "PUT /nfc"),
          right(DISK_IMPORT, "Resource.AssignVMToPool", Target.POOL, "ImportVApp"),
          right(DISK_IMPORT, "VirtualMachine.Inventory.Create", Target.VM_FOLDER, "ImportVApp"),
          right(DISK_IMPORT, "Datastore.AllocateSpace", Target.DATASTORE, "ImportVApp"),
          right(DISK_IMPORT, "VirtualMachine.Config.AddNewDisk", Target.VM_FOLDER, "ImportVApp"),
          right(
              DISK_IMPORT, "VirtualMachine.Config.AdvancedConfig", Target.VM_FOLDER, "ImportVApp"),
          right(DISK_IMPORT, "VirtualMachine.Config.RemoveDisk", Target.VM, "ReconfigVM_Task"),
          right(DISK_IMPORT, "VirtualMachine.Inventory.Delete", Target.VM, "Destroy_Task"),
          right(CONTAINERS, "Folder.Create", Target.VM_FOLDER, "CreateFolder"),
          right(CONTAINERS, "VirtualMachine.Inventory.Create", Target.VM_FOLDER, "CreateVM_Task"),
          right(CONTAINERS, "Resource.AssignVMToPool", Target.POOL, "CreateVM_Task"),
          right(CONTAINERS, "Datastore.AllocateSpace", Target.DATASTORE, "CreateVM_Task"),
          right(CONTAINERS, "VirtualMachine.Config.AddNewDisk", Target.VM_FOLDER, "CreateVM_Task"),
          right(
              CONTAINERS,
              "VirtualMachine.Config.AddExistingDisk",
              Target.VM_FOLDER,
              "CreateVM_Task"),
          right(
              CONTAINERS,
              "VirtualMachine.Config.AdvancedConfig",
              Target.VM,
              "CreateVM_Task",
              "ReconfigVM_Task"),
          right(CONTAINERS, "VirtualMachine.Config.RemoveDisk", Target.VM, "ReconfigVM_Task"),
          right(CONTAINERS, "VirtualMachine.Config.Rename", Target.VM, "Rename_Task"),
          right(CONTAINERS, "VirtualMachine.Interact.PowerOn", Target.VM, "PowerOnVM_Task"),
          right(CONTAINERS, "VirtualMachine.Interact.PowerOff", Target.VM, "PowerOffVM_Task"),
          right(CONTAINERS, "VirtualMachine.Inventory.Delete", Target.VM, "Destroy_Task"),
          right(VAPP, "VApp.AssignVM", Target.VAPP, "CreateChildVM_Task"),
          right(VAPP, "VirtualMachine.Inventory.Create", Target.VAPP, "CreateChildVM_Task"),
          right(NETWORKS, "Network.Assign", Target.NETWORK, "CreateVM_Task", "CreateChildVM_Task"));

  private Rights() {}

  private static Right free(String privilege, String... calls) {
    return new Right(
        SESSION, privilege, Target.DATACENTER, Necessity.ALWAYS_THERE, List.of(calls));
  }

  private static Right optional(String privilege, Target target, String... calls) {
    return new Right(SESSION, privilege, target, Necessity.OPTIONAL, List.of(calls));
  }

  private static Right right(Feature feature, String privilege, Target target, String... calls) {
    return new Right(feature, privilege, target, Necessity.REQUIRED, List.of(calls));
  }

  /** All calls that some privilege is known for. */
  static Set<String> calls() {
    return ALL.stream().flatMap(right -> right.calls().stream()).collect(Collectors.toSet());
  }
}
