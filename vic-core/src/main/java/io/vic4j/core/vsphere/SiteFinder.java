package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import io.vic4j.core.vsphere.Inventory.Item;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds what settings name on a server, and says all that is wrong with them at once. */
final class SiteFinder {
  private static final Set<String> DATACENTER = Set.of("Datacenter");
  private static final Set<String> COMPUTE = Set.of("ComputeResource", "ClusterComputeResource");
  private static final Set<String> POOL = Set.of("ResourcePool", "VirtualApp");
  private static final Set<String> HOST = Set.of("HostSystem");
  private static final Set<String> DATASTORE = Set.of("Datastore");
  static final Set<String> NETWORK =
      Set.of("Network", "DistributedVirtualPortgroup", "OpaqueNetwork");

  private final VsphereSettings settings;
  private final Properties properties;
  private final Inventory inventory;
  private final List<String> problems = new ArrayList<>();

  private SiteFinder(VimSession session, VsphereSettings settings) {
    this.settings = settings;
    this.properties = new Properties(session);
    this.inventory = Inventory.read(session);
  }

  /**
   * Finds everything.
   *
   * @throws VsphereSettingsException if something is not there or cannot be used
   */
  static Site find(VimSession session, VsphereSettings settings) {
    return new SiteFinder(session, settings).find();
  }

  private Site find() {
    Item datacenter = one("datacenter", settings.datacenter(), inventory.all(DATACENTER));
    if (datacenter == null) {
      // Nothing else can be looked for without it.
      throw new VsphereSettingsException(settings.server(), problems);
    }
    Item pool = pool(datacenter);
    Item host =
        settings.host().isEmpty() ? null : one("host", settings.host(), below(datacenter, HOST));
    Item datastore = one("datastore", settings.datastore(), below(datacenter, DATASTORE));
    ManagedObjectReference browser = datastore == null ? null : browser(datastore);
    settings
        .networks()
        .forEach(name -> one("network", Optional.of(name), below(datacenter, NETWORK)));
    if (pool == null || datastore == null || browser == null || !problems.isEmpty()) {
      throw new VsphereSettingsException(settings.server(), problems);
    }
    Object vmFolder = properties.of(datacenter.reference(), "vmFolder").get("vmFolder");
    return new Site(
        datacenter.reference(),
        inventory.path(datacenter),
        (ManagedObjectReference) Objects.requireNonNull(vmFolder),
        pool.reference(),
        host == null ? null : host.reference(),
        datastore.reference(),
        datastore.name(),
        browser);
  }

  private List<Item> below(Item datacenter, Set<String> types) {
    return inventory.all(types).stream().filter(it -> inventory.isBelow(it, datacenter)).toList();
  }

  /** A pool, a vApp, or the root pool of a cluster or host. */
  private @Nullable Item pool(Item datacenter) {
    List<Item> compute = below(datacenter, COMPUTE);
    if (settings.pool().isPresent()) {
      List<Item> candidates = new ArrayList<>(compute);
      candidates.addAll(
          below(datacenter, POOL).stream().filter(pool -> !isRootPool(pool)).toList());
      return root(one("resource pool", settings.pool(), candidates));
    }
    return root(one("cluster or host", Optional.empty(), compute));
  }

  private boolean isRootPool(Item pool) {
    Item parent = inventory.parent(pool);
    return parent != null && parent.is(COMPUTE);
  }

  private @Nullable Item root(@Nullable Item chosen) {
    if (chosen == null || !chosen.is(COMPUTE)) {
      return chosen;
    }
    return inventory.all(POOL).stream()
        .filter(pool -> chosen.reference().getVal().equals(pool.parent()))
        .findFirst()
        .orElse(null);
  }

  private @Nullable ManagedObjectReference browser(Item datastore) {
    Map<String, Object> values =
        properties.of(datastore.reference(), "browser", "summary.accessible");
    if (!Boolean.TRUE.equals(values.get("summary.accessible"))) {
      problems.add("datastore '" + Inventory.plain(datastore) + "' is not accessible");
    }
    return (ManagedObjectReference) values.get("browser");
  }

  /** The one that is meant; null, and a problem, if there is none or several. */
  private @Nullable Item one(String kind, Optional<String> name, Collection<Item> among) {
    if (among.isEmpty()) {
      problems.add("there is no " + kind + " that " + settings.credentials().user() + " can see");
      return null;
    }
    List<Item> found = name.isEmpty() ? List.copyOf(among) : inventory.named(among, name.get());
    if (found.size() == 1) {
      return found.get(0);
    }
    if (found.isEmpty()) {
      problems.add(kind + " '" + name.orElse("") + "' not found; there are: " + names(among));
    } else if (name.isEmpty()) {
      problems.add("name a " + kind + "; there are several: " + names(found));
    } else {
      problems.add(kind + " '" + name.get() + "' is not unique; give its path: " + paths(found));
    }
    return null;
  }

  private static String names(Collection<Item> items) {
    return items.stream()
        .map(Inventory::plain)
        .sorted()
        .limit(10)
        .collect(Collectors.joining(", ", "", items.size() > 10 ? ", …" : ""));
  }

  private String paths(Collection<Item> items) {
    return items.stream()
        .map(item -> "/" + inventory.path(item))
        .sorted()
        .limit(10)
        .collect(Collectors.joining(", ", "", items.size() > 10 ? ", …" : ""));
  }
}
