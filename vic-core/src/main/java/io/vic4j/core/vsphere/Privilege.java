package io.vic4j.core.vsphere;

/**
 * The privileges that this library makes use of, each with what it must be granted on. What needs
 * which is in {@link PrivilegeUse}.
 *
 * <p>Source: vSphere Web Services API reference, "Required Privileges" of each method; vSphere
 * Security, "Defined Privileges".
 */
enum Privilege {
  SYSTEM_ANONYMOUS("System.Anonymous", Place.ROOT),
  SYSTEM_VIEW("System.View", Place.ROOT),
  SYSTEM_READ("System.Read", Place.DATACENTER),
  DATASTORE_BROWSE("Datastore.Browse", Place.DATASTORE),
  DATASTORE_FILES("Datastore.FileManagement", Place.DATASTORE),
  DATASTORE_SPACE("Datastore.AllocateSpace", Place.DATASTORE),
  FOLDER_CREATE("Folder.Create", Place.FOLDER),
  NETWORK_ASSIGN("Network.Assign", Place.NETWORK),
  POOL_ASSIGN("Resource.AssignVMToPool", Place.POOL),
  POOL_IMPORT("VApp.Import", Place.POOL),
  VM_ADD_DEVICE("VirtualMachine.Config.AddRemoveDevice", Place.VM),
  VM_ADD_DISK("VirtualMachine.Config.AddExistingDisk", Place.VM),
  VM_ADD_NEW_DISK("VirtualMachine.Config.AddNewDisk", Place.VM),
  VM_ADVANCED("VirtualMachine.Config.AdvancedConfig", Place.VM),
  VM_REMOVE_DISK("VirtualMachine.Config.RemoveDisk", Place.VM),
  VM_RENAME("VirtualMachine.Config.Rename", Place.VM),
  VM_POWER_OFF("VirtualMachine.Interact.PowerOff", Place.VM),
  VM_POWER_ON("VirtualMachine.Interact.PowerOn", Place.VM),
  VM_CREATE("VirtualMachine.Inventory.Create", Place.VM),
  VM_DELETE("VirtualMachine.Inventory.Delete", Place.VM);

  /** What a privilege is granted on. */
  enum Place {
    ROOT("root folder"),
    DATACENTER("datacenter"),
    FOLDER("VM folder"),
    /** VMs get their permissions from the folder that they stand in, or from their vApp. */
    VM("VM folder, or vApp"),
    POOL("resource pool, or vApp"),
    DATASTORE("datastore"),
    NETWORK("each network");

    private final String text;

    Place(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  private final String id;
  private final Place place;

  Privilege(String id, Place place) {
    this.id = id;
    this.place = place;
  }

  /** As vSphere has it. */
  String id() {
    return id;
  }

  Place place() {
    return place;
  }

  /** Whether every role has it: who sees the inventory has it there. */
  boolean isSystem() {
    return id.startsWith("System.");
  }
}
