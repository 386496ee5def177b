package io.vic4j.core.vsphere;

import com.vmware.vim25.EntityPrivilege;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MethodNotFound;
import com.vmware.vim25.NoPermission;
import com.vmware.vim25.NotSupported;
import com.vmware.vim25.PrivilegeAvailability;
import io.vic4j.core.VicException;
import io.vic4j.core.vsphere.Inventory.Item;
import io.vic4j.core.vsphere.Privilege.Place;
import io.vic4j.core.vsphere.PrivilegeUse.Feature;
import io.vic4j.core.vsphere.VsphereSettings.DiskTransfer;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a server, with one call, whether the user has what this library needs. */
final class PrivilegeCheck {
  private static final Logger log = LoggerFactory.getLogger(PrivilegeCheck.class);

  private final VimSession session;
  private final Set<Privilege> needed;
  // What a place is here, in the order in which it was said.
  private final Map<Place, List<Item>> places = new HashMap<>();

  /**
   * A check of what the settings make necessary. The system's privileges are left out: the session
   * would not have got here without them.
   */
  PrivilegeCheck(VimSession session, VsphereSettings settings) {
    this.session = session;
    EnumSet<Feature> features = EnumSet.allOf(Feature.class);
    if (settings.diskTransfer() == DiskTransfer.FLAT) {
      features.remove(Feature.IMPORT);
    }
    this.needed = PrivilegeUse.of(features);
    needed.removeIf(Privilege::isSystem);
    if (!session.isVirtualCenter()) {
      needed.remove(Privilege.FOLDER_CREATE); // An ESXi host has no folders to make.
    }
  }

  /** Says what a place is on this server. */
  PrivilegeCheck on(Place place, Item item) {
    places.computeIfAbsent(place, it -> new ArrayList<>()).add(item);
    return this;
  }

  /** Adds what the user lacks: one line for each thing. */
  void judge(String user, List<String> problems) {
    ManagedObjectReference manager = session.content().getAuthorizationManager();
    String key = session.key();
    SortedMap<String, Item> items = new TreeMap<>();
    places.values().forEach(all -> all.forEach(item -> items.put(text(item), item)));
    if (manager == null || key == null || items.isEmpty()) {
      log.debug("the server tells no privileges, which are not checked");
      return;
    }
    ManagedObjectReference[] things =
        items.values().stream().map(Item::reference).toArray(ManagedObjectReference[]::new);
    String[] ids = needed.stream().map(Privilege::id).toArray(String[]::new);
    EntityPrivilege[] answers;
    try {
      answers =
          session.call(
              "look at the privileges of " + user,
              vim -> vim.hasPrivilegeOnEntities(manager, things, key, ids));
    } catch (VicException e) {
      if (!isUntold(e)) {
        throw e;
      }
      log.debug("the server does not tell privileges, which are not checked", e);
      return;
    }
    for (EntityPrivilege answer : answers == null ? new EntityPrivilege[0] : answers) {
      Item item = items.get(Moref.text(answer.getEntity()));
      Set<String> lacking = item == null ? Set.of() : lacking(answer, item);
      if (item != null && !lacking.isEmpty()) {
        problems.add(
            "user '"
                + user
                + "' lacks on "
                + item.reference().getType()
                + " '"
                + Inventory.plain(item)
                + "': "
                + String.join(", ", lacking)
                + "; grant a role that has them, or use another user");
      }
    }
  }

  private static String text(Item item) {
    return Moref.text(item.reference());
  }

  private Set<String> lacking(EntityPrivilege answer, Item item) {
    Set<String> wanted = new TreeSet<>();
    for (Privilege privilege : needed) {
      if (places.getOrDefault(privilege.place(), List.of()).contains(item)) {
        wanted.add(privilege.id());
      }
    }
    if (answer.getPrivAvailability() != null) {
      for (PrivilegeAvailability it : answer.getPrivAvailability()) {
        if (it.isIsGranted()) {
          wanted.remove(it.getPrivId());
        }
      }
    }
    return wanted;
  }

  /** Servers need not know the method, nor let everybody ask. */
  private static boolean isUntold(VicException failure) {
    return failure.getCause() instanceof SoapFault fault
        && fault
            .fault()
            .filter(
                it ->
                    it instanceof NotSupported
                        || it instanceof MethodNotFound
                        || it instanceof NoPermission)
            .isPresent();
  }
}
