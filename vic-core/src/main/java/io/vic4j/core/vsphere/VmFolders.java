package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectContent;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.NotFoundException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The inventory folders of our VMs: one for all, and in it one for each scope, so that vSphere
 * itself sees to it that a name is taken once in a scope. An ESXi host has no such folders, and in
 * a vApp VMs stand in none: there, all scopes share one place. A folder that was found is
 * remembered. Thread-safe.
 */
final class VmFolders {
  private static final String V_APP = "VirtualApp";

  private final VimSession session;
  private final Properties properties;
  private final ManagedObjectReference top;
  private final boolean shared;

  // Guarded by this.
  private final Map<String, ManagedObjectReference> scopes = new HashMap<>();

  private VmFolders(VimSession session, ManagedObjectReference top, boolean shared) {
    this.session = session;
    this.properties = new Properties(session);
    this.top = top;
    this.shared = shared;
  }

  /**
   * Finds or makes the folder of all our VMs.
   *
   * @param path its place below the datacenter's folder of VMs
   */
  static VmFolders open(VimSession session, Site site, String path) {
    if (site.pool().getType().equals(V_APP)) {
      return new VmFolders(session, site.pool(), true);
    }
    ManagedObjectReference at = site.vmFolder();
    if (!session.isVirtualCenter()) {
      return new VmFolders(session, at, true);
    }
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        at = new VmFolders(session, at, false).findOrMake(name);
      }
    }
    return new VmFolders(session, at, false);
  }

  /** The folder of all our VMs. */
  ManagedObjectReference top() {
    return top;
  }

  /** Whether the VMs of all scopes stand in one place, and must have names of their own there. */
  boolean isShared() {
    return shared;
  }

  /** The folder of a scope's VMs. */
  synchronized ManagedObjectReference of(String scope) {
    if (shared) {
      return top;
    }
    return scopes.computeIfAbsent(scope, this::findOrMake);
  }

  /** The VMs that stand in the folder of all, outside of the scopes' folders, by name. */
  Map<String, ManagedObjectReference> vms() {
    Map<String, ManagedObjectReference> vms = new HashMap<>();
    String property = top.getType().equals(V_APP) ? "vm" : "childEntity";
    Object children = properties.of(top, property).get(property);
    if (children instanceof ManagedObjectReference[] all) {
      List<ManagedObjectReference> found =
          List.of(all).stream().filter(it -> it.getType().equals("VirtualMachine")).toList();
      if (!found.isEmpty()) {
        for (ObjectContent content :
            properties.ofThoseThere(found, "VirtualMachine", List.of("name"))) {
          if (Properties.of(content).get("name") instanceof String name) {
            vms.put(name, content.getObj());
          }
        }
      }
    }
    return vms;
  }

  /** Forgets a folder, which somebody has removed. */
  synchronized void forget(String scope) {
    scopes.remove(scope);
  }

  private ManagedObjectReference findOrMake(String name) {
    ManagedObjectReference found = find(name);
    if (found != null) {
      return found;
    }
    try {
      return session.call(
          "making of VM folder " + name, vim -> vim.createFolder(top, Inventory.escaped(name)));
    } catch (AlreadyExistsException | BrokenConnectionException e) {
      ManagedObjectReference made = find(name); // Another process has made it, or this one.
      if (made == null) {
        throw e;
      }
      return made;
    }
  }

  private @Nullable ManagedObjectReference find(String name) {
    Object children = properties.of(top, "childEntity").get("childEntity");
    if (children instanceof ManagedObjectReference[] all) {
      List<ManagedObjectReference> folders =
          List.of(all).stream().filter(child -> child.getType().equals("Folder")).toList();
      try {
        for (ObjectContent content : properties.of(folders, "Folder", List.of("name"))) {
          if (Properties.of(content).get("name") instanceof String it
              && Inventory.plain(it).equals(name)) {
            return content.getObj();
          }
        }
      } catch (NotFoundException e) {
        return find(name); // One has gone in between.
      }
    }
    return null;
  }
}
