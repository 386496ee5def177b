package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import io.vic4j.core.vsphere.Inventory.Item;
import io.vic4j.core.vsphere.Privilege.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds what settings name on a server, and says all that is wrong with them at once. */
final class SiteFinder {
  private static final Set<String> DATACENTER = Set.of("Datacenter");
  static final Set<String> COMPUTE = Set.of("ComputeResource", "ClusterComputeResource");
  private static final Set<String> POOL = Set.of("ResourcePool", "VirtualApp");
  private static final Set<String> HOST = Set.of("HostSystem");
  private static final Set<String> DATASTORE = Set.of("Datastore");
  static final Set<String> NETWORK =
      Set.of("Network", "DistributedVirtualPortgroup", "OpaqueNetwork");

  private final VimSession session;
  private final VsphereSettings settings;
  private final Properties properties;
  private final Inventory inventory;
  private final List<String> problems = new ArrayList<>();

  private SiteFinder(VimSession session, VsphereSettings settings) {
    this.session = session;
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
    SiteChecks checks = new SiteChecks(session, inventory, problems);
    checks.server();
    Item datacenter = one("datacenter", settings.datacenter(), inventory.all(DATACENTER));
    if (datacenter == null) {
      anywhere();
      throw new VsphereSettingsException(settings.server(), problems);
    }
    Item host =
        settings.host().isEmpty() ? null : one("host", settings.host(), below(datacenter, HOST));
    Item pool = pool(datacenter, host);
    Item datastore = one("datastore", settings.datastore(), below(datacenter, DATASTORE));
    List<Item> networks = new ArrayList<>();
    for (String name : settings.networks()) {
      Item network = one("network", Optional.of(name), below(datacenter, NETWORK));
      if (network != null) {
        networks.add(network);
      }
    }
    Set<String> hosts = pool == null ? Set.of() : checks.hosts(pool, host);
    ManagedObjectReference browser = datastore == null ? null : checks.datastore(datastore, hosts);
    checks.networks(networks, hosts);
    Object vmFolder = properties.of(datacenter.reference(), "vmFolder").get("vmFolder");
    if (!(vmFolder instanceof ManagedObjectReference folder)) {
      problems.add(
          settings.credentials().user()
              + " cannot see the VM folder of datacenter '"
              + Inventory.plain(datacenter)
              + "'; grant the user a role on it");
      throw new VsphereSettingsException(settings.server(), problems);
    }
    privileges(inventory.of(folder), pool, datastore, networks);
    if (pool == null || datastore == null || browser == null || !problems.isEmpty()) {
      throw new VsphereSettingsException(settings.server(), problems);
    }
    return new Site(
        datacenter.reference(),
        inventory.path(datacenter),
        folder,
        pool.reference(),
        host == null ? null : host.reference(),
        datastore.reference(),
        datastore.name(),
        browser);
  }

  /** Looks for what is named in all datacenters, as long as it is not known which is meant. */
  private void anywhere() {
    Set<String> pools = new TreeSet<>(COMPUTE);
    pools.addAll(POOL);
    absent("resource pool", settings.pool().stream().toList(), pools);
    absent("host", settings.host().stream().toList(), HOST);
    absent("datastore", settings.datastore().stream().toList(), DATASTORE);
    absent("network", settings.networks(), NETWORK);
  }

  private void absent(String kind, List<String> names, Set<String> types) {
    for (String name : names) {
      if (inventory.named(inventory.all(types), name).isEmpty()) {
        one(kind, Optional.of(name), inventory.all(types));
      }
    }
  }

  private void privileges(
      @Nullable Item vmFolder, @Nullable Item pool, @Nullable Item datastore, List<Item> networks) {
    PrivilegeCheck check = new PrivilegeCheck(session, settings);
    if (vmFolder != null) {
      Item folder = inventory.deepest(vmFolder, settings.folder());
      check.on(Place.FOLDER, folder);
      if (pool != null) {
        check.on(Place.VM, pool.reference().getType().equals("VirtualApp") ? pool : folder);
      }
    }
    if (pool != null) {
      check.on(Place.POOL, pool);
    }
    if (datastore != null) {
      check.on(Place.DATASTORE, datastore);
    }
    networks.forEach(network -> check.on(Place.NETWORK, network));
    check.judge(settings.credentials().user(), problems);
  }

  private List<Item> below(Item datacenter, Set<String> types) {
    return inventory.all(types).stream().filter(it -> inventory.isBelow(it, datacenter)).toList();
  }

  /** A pool, a vApp, or the root pool of a cluster or host: that of the named host if none is. */
  private @Nullable Item pool(Item datacenter, @Nullable Item host) {
    List<Item> compute = below(datacenter, COMPUTE);
    if (settings.pool().isPresent()) {
      List<Item> candidates = new ArrayList<>(compute);
      candidates.addAll(
          below(datacenter, POOL).stream().filter(pool -> !isRootPool(pool)).toList());
      return root(one("resource pool", settings.pool(), candidates));
    }
    Item ofHost = host == null ? null : inventory.parent(host);
    if (ofHost != null) {
      return root(ofHost);
    }
    if (settings.host().isPresent()) {
      return null; // It is said already that there is no such host.
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
    Optional<Item> root =
        inventory.all(POOL).stream()
            .filter(pool -> chosen.reference().getVal().equals(pool.parent()))
            .findFirst();
    if (root.isEmpty()) {
      problems.add(
          settings.credentials().user()
              + " cannot see the resource pool of '"
              + Inventory.plain(chosen)
              + "'; grant the user a role on it, or name another pool");
    }
    return root.orElse(null);
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

  /** Some names, for messages. */
  static String names(Collection<Item> items) {
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
