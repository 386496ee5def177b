package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualMachineConfigSpec;
import io.vic4j.core.Digest;
import java.util.Map;
import java.util.TreeMap;

/**
 * What our VMs are called in the inventory, and which of those there are ours. On a vCenter Server
 * folders tell scopes, and users of the same scope, apart. On an ESXi host and in a vApp all VMs
 * stand in one place: there the name in the inventory has all of it, and what it was made of is
 * kept with the VM.
 *
 * <p>Immutable.
 */
final class VmNames {
  /** A name in the inventory has at most 80 characters (vSphere Web Services API, Folder). */
  private static final int MAX_NAME = 80;

  private static final int DIGEST_DIGITS = 12;

  private final boolean shared;
  private final String folder;

  /**
   * The names of one user.
   *
   * @param shared whether the VMs of all scopes stand in one place
   * @param folder the folder of all our VMs, or what stands for it where there are none
   */
  VmNames(boolean shared, String folder) {
    this.shared = shared;
    this.folder = folder;
  }

  /** What a VM is called in the inventory, as people see it. */
  String inInventory(String scope, String name) {
    if (!shared) {
      return name;
    }
    String all = name + "@" + scope + "@" + folder.replace('/', '.');
    if (all.length() <= MAX_NAME) {
      return all;
    }
    // What is cut off still makes a difference.
    String digest = Digest.sha256(all).hex().substring(0, DIGEST_DIGITS);
    return all.substring(0, MAX_NAME - DIGEST_DIGITS - 1) + "~" + digest;
  }

  /** What must be kept with a VM of this name. */
  Map<String, String> kept(String name) {
    return shared ? new TreeMap<>(Map.of(VmKeys.NAME, name, VmKeys.FOLDER, folder)) : Map.of();
  }

  /** The call that gives a VM another name. */
  VimCall<ManagedObjectReference> renaming(KnownVm vm, String name) {
    String inInventory = Inventory.escaped(inInventory(vm.record().scope(), name));
    if (!shared) {
      return vim -> vim.rename_Task(vm.reference(), inInventory);
    }
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.setName(inInventory);
    spec.setExtraConfig(VmKeys.options(kept(name)));
    return vim -> vim.reconfigVM_Task(vm.reference(), spec);
  }

  /** Whether a VM with this extra configuration is one of ours. */
  boolean isOurs(Map<String, String> extra) {
    return !shared || folder.equals(extra.get(VmKeys.FOLDER));
  }

  /** What people call a VM: its own name, unless somebody has given it another in the inventory. */
  String plain(String inInventory, String scope, Map<String, String> extra) {
    String own = extra.get(VmKeys.NAME);
    return shared && own != null && inInventory(scope, own).equals(inInventory) ? own : inInventory;
  }
}
