package io.vic4j.core.vsphere;

import static io.vic4j.core.vsphere.Privilege.DATASTORE_BROWSE;
import static io.vic4j.core.vsphere.Privilege.DATASTORE_FILES;
import static io.vic4j.core.vsphere.Privilege.DATASTORE_SPACE;
import static io.vic4j.core.vsphere.Privilege.FOLDER_CREATE;
import static io.vic4j.core.vsphere.Privilege.NETWORK_ASSIGN;
import static io.vic4j.core.vsphere.Privilege.POOL_ASSIGN;
import static io.vic4j.core.vsphere.Privilege.POOL_IMPORT;
import static io.vic4j.core.vsphere.Privilege.SYSTEM_ANONYMOUS;
import static io.vic4j.core.vsphere.Privilege.SYSTEM_READ;
import static io.vic4j.core.vsphere.Privilege.SYSTEM_VIEW;
import static io.vic4j.core.vsphere.Privilege.VM_ADD_DEVICE;
import static io.vic4j.core.vsphere.Privilege.VM_ADD_DISK;
import static io.vic4j.core.vsphere.Privilege.VM_ADD_NEW_DISK;
import static io.vic4j.core.vsphere.Privilege.VM_ADVANCED;
import static io.vic4j.core.vsphere.Privilege.VM_CREATE;
import static io.vic4j.core.vsphere.Privilege.VM_DELETE;
import static io.vic4j.core.vsphere.Privilege.VM_POWER_OFF;
import static io.vic4j.core.vsphere.Privilege.VM_POWER_ON;
import static io.vic4j.core.vsphere.Privilege.VM_REMOVE_DISK;
import static io.vic4j.core.vsphere.Privilege.VM_RENAME;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a call needs the privileges for.
 *
 * @param feature what the call is made for
 * @param call a method of the API, or a request for a file: {@code PUT /folder}
 * @param privileges what the user must be granted for it
 */
record PrivilegeUse(Feature feature, String call, Set<Privilege> privileges) {
  /** A part of this library that one may do without. */
  enum Feature {
    WATCH("Connecting and watching"),
    FILES("Images and disks on the datastore"),
    IMPORT("Disk import (`DiskTransfer.IMPORT`)"),
    VMS("Container VMs");

    private final String text;

    Feature(String text) {
      this.text = text;
    }
  }

  private static final List<PrivilegeUse> ALL =
      List.of(
          use(Feature.WATCH, "RetrieveServiceContent", SYSTEM_ANONYMOUS),
          use(Feature.WATCH, "Login", SYSTEM_ANONYMOUS),
          use(Feature.WATCH, "Logout", SYSTEM_VIEW),
          use(Feature.WATCH, "HasPrivilegeOnEntities", SYSTEM_VIEW),
          use(Feature.WATCH, "CreateContainerView", SYSTEM_VIEW),
          use(Feature.WATCH, "DestroyView", SYSTEM_VIEW),
          use(Feature.WATCH, "CreatePropertyCollector", SYSTEM_VIEW),
          use(Feature.WATCH, "DestroyPropertyCollector", SYSTEM_VIEW),
          use(Feature.WATCH, "CreateFilter", SYSTEM_VIEW, SYSTEM_READ),
          use(Feature.WATCH, "WaitForUpdatesEx", SYSTEM_VIEW, SYSTEM_READ),
          use(Feature.WATCH, "RetrievePropertiesEx", SYSTEM_VIEW, SYSTEM_READ),
          use(Feature.WATCH, "ContinueRetrievePropertiesEx", SYSTEM_VIEW, SYSTEM_READ),
          // A user's own tasks need nothing more; those of others are never cancelled.
          use(Feature.WATCH, "CancelTask", SYSTEM_VIEW),
          use(Feature.FILES, "SearchDatastore_Task", DATASTORE_BROWSE),
          use(Feature.FILES, "SearchDatastoreSubFolders_Task", DATASTORE_BROWSE),
          use(Feature.FILES, "MakeDirectory", DATASTORE_FILES),
          use(Feature.FILES, "MoveDatastoreFile_Task", DATASTORE_FILES),
          use(Feature.FILES, "DeleteDatastoreFile_Task", DATASTORE_FILES),
          use(Feature.FILES, "CopyVirtualDisk_Task", DATASTORE_FILES),
          use(Feature.FILES, "MoveVirtualDisk_Task", DATASTORE_FILES),
          use(Feature.FILES, "DeleteVirtualDisk_Task", DATASTORE_FILES),
          use(Feature.FILES, "GET /folder", DATASTORE_BROWSE, DATASTORE_FILES),
          use(Feature.FILES, "HEAD /folder", DATASTORE_BROWSE, DATASTORE_FILES),
          use(Feature.FILES, "PUT /folder", DATASTORE_FILES),
          use(Feature.IMPORT, "ImportVApp", POOL_IMPORT, VM_CREATE, DATASTORE_SPACE),
          // The lease is for whom it was given to.
          use(Feature.IMPORT, "POST /nfc"),
          use(Feature.IMPORT, "HttpNfcLeaseProgress"),
          use(Feature.IMPORT, "HttpNfcLeaseComplete"),
          use(Feature.IMPORT, "HttpNfcLeaseAbort"),
          use(Feature.IMPORT, "ReconfigVM_Task", VM_REMOVE_DISK),
          use(Feature.IMPORT, "MoveVirtualDisk_Task", DATASTORE_FILES),
          use(Feature.IMPORT, "Destroy_Task", VM_DELETE),
          use(Feature.VMS, "CreateFolder", FOLDER_CREATE),
          creation("CreateVM_Task"),
          creation("CreateChildVM_Task"),
          use(Feature.VMS, "ReconfigVM_Task", VM_ADVANCED, VM_REMOVE_DISK),
          use(Feature.VMS, "PowerOnVM_Task", VM_POWER_ON),
          use(Feature.VMS, "PowerOffVM_Task", VM_POWER_OFF),
          use(Feature.VMS, "Rename_Task", VM_RENAME),
          use(Feature.VMS, "Destroy_Task", VM_DELETE));

  private static PrivilegeUse use(Feature feature, String call, Privilege... privileges) {
    return new PrivilegeUse(feature, call, Set.of(privileges));
  }

  private static PrivilegeUse creation(String call) {
    return use(
        Feature.VMS,
        call,
        VM_CREATE,
        POOL_ASSIGN,
        DATASTORE_SPACE,
        NETWORK_ASSIGN,
        VM_ADD_NEW_DISK,
        VM_ADD_DISK,
        VM_ADD_DEVICE,
        VM_ADVANCED);
  }

  /** The calls that this library makes, in the alphabet's order. */
  static Set<String> calls() {
    return ALL.stream().map(PrivilegeUse::call).collect(Collectors.toCollection(TreeSet::new));
  }

  /** The privileges that features need. */
  static Set<Privilege> of(Set<Feature> features) {
    EnumSet<Privilege> privileges = EnumSet.noneOf(Privilege.class);
    ALL.stream()
        .filter(use -> features.contains(use.feature()))
        .forEach(use -> privileges.addAll(use.privileges()));
    return privileges;
  }

  /** The table of the README. */
  static String table() {
    StringBuilder table = new StringBuilder("| For | Privilege | On |\n|---|---|---|\n");
    for (Feature feature : Feature.values()) {
      String first = feature.text;
      for (Privilege privilege : of(Set.of(feature))) {
        table
            .append("| ")
            .append(first)
            .append(" | `")
            .append(privilege.id())
            .append("` | ")
            .append(privilege.place().text())
            .append(" |\n");
        first = "";
      }
    }
    return table.toString().replace("|  |", "| |");
  }
}
