package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.SelectionSpec;
import com.vmware.vim25.TraversalSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of a server's things, and what stands in what, as they were at one moment. Immutable.
 *
 * <p>Names are as the API gives them, in which {@code /}, {@code \} and {@code %} are written
 * {@code %2f}, {@code %5c} and {@code %25} (vSphere Web Services API, ManagedEntity.name).
 */
final class Inventory {
  private static final String[] TYPES = {
    "Folder", "Datacenter", "ComputeResource", "HostSystem", "ResourcePool", "Datastore", "Network"
  };

  private static final Set<String> FOLDER = Set.of("Folder");

  /** One thing. */
  record Item(ManagedObjectReference reference, String name, @Nullable String parent) {
    boolean is(Set<String> types) {
      return types.contains(reference.getType());
    }
  }

  private final Map<String, Item> items;

  private Inventory(Map<String, Item> items) {
    this.items = items;
  }

  /** Reads everything but VMs. */
  static Inventory read(VimSession session) {
    String what = "look at the inventory";
    ManagedObjectReference root = session.content().getRootFolder();
    ManagedObjectReference view =
        session.call(
            what,
            vim -> vim.createContainerView(session.content().getViewManager(), root, TYPES, true));
    try {
      PropertySpec properties =
          PropertyWatch.properties("ManagedEntity", List.of("name", "parent"));
      TraversalSpec step = new TraversalSpec();
      step.setType("ContainerView");
      step.setPath("view");
      step.setSkip(false);
      ObjectSpec all = new ObjectSpec();
      all.setObj(view);
      all.setSkip(true);
      all.setSelectSet(new SelectionSpec[] {step});
      PropertyFilterSpec filter = new PropertyFilterSpec();
      filter.setPropSet(new PropertySpec[] {properties});
      filter.setObjectSet(new ObjectSpec[] {all});
      return new Inventory(items(new Properties(session).all(what, filter)));
    } finally {
      session.run(
          what,
          vim -> {
            vim.destroyView(view);
          });
    }
  }

  private static Map<String, Item> items(List<ObjectContent> found) {
    Map<String, Item> items = new LinkedHashMap<>();
    for (ObjectContent content : found) {
      Map<String, Object> values = Properties.of(content);
      if (values.get("name") instanceof String name) {
        ManagedObjectReference parent =
            values.get("parent") instanceof ManagedObjectReference reference ? reference : null;
        items.put(
            content.getObj().getVal(),
            new Item(content.getObj(), name, parent == null ? null : parent.getVal()));
      }
    }
    return items;
  }

  /** Everything of these types. */
  List<Item> all(Set<String> types) {
    return items.values().stream().filter(item -> item.is(types)).toList();
  }

  /** What this reference refers to; null if it is not of the types that were read. */
  @Nullable Item of(ManagedObjectReference reference) {
    return items.get(reference.getVal());
  }

  /** Whether a thing stands in another one, at whatever depth. */
  boolean isBelow(Item item, Item above) {
    for (Item at = item; at != null; at = parent(at)) {
      if (at.reference().equals(above.reference())) {
        return true;
      }
    }
    return false;
  }

  /** What a thing stands in; null for what stands in the root folder. */
  @Nullable Item parent(Item item) {
    return item.parent() == null ? null : items.get(item.parent());
  }

  /** The inventory path from the root folder on, without a leading slash. */
  String path(Item item) {
    List<String> names = new ArrayList<>();
    for (Item at = item; at != null; at = parent(at)) {
      names.add(0, at.name());
    }
    return String.join("/", names);
  }

  /** Those among these that a person means by a name or an inventory path. */
  List<Item> named(Collection<Item> among, String text) {
    String path = text.startsWith("/") ? text.substring(1) : text;
    return among.stream()
        .filter(
            item -> item.name().equals(text) || plain(item).equals(text) || path(item).equals(path))
        .toList();
  }

  /**
   * The last folder of a path that is there; the path begins in a folder, and names them plainly.
   */
  Item deepest(Item folder, String path) {
    Item at = folder;
    for (String name : path.split("/", -1)) {
      Item from = at;
      Optional<Item> next =
          items.values().stream()
              .filter(item -> item.is(FOLDER) && from.reference().getVal().equals(item.parent()))
              .filter(item -> plain(item).equals(name))
              .findFirst();
      if (next.isPresent()) {
        at = next.get();
      } else if (!name.isEmpty()) {
        return at;
      }
    }
    return at;
  }

  /** A thing's name as people see it. */
  static String plain(Item item) {
    return plain(item.name());
  }

  /** A name as the API wants it; the reverse of {@link #plain(String)}. */
  static String escaped(String name) {
    return name.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c");
  }

  /** A name as people see it. */
  static String plain(String name) {
    return name.replace("%2f", "/").replace("%5c", "\\").replace("%25", "%");
  }
}
