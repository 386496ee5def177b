package io.vic4j.core.vsphere;

import com.vmware.vim25.DatastoreHostMount;
import com.vmware.vim25.HostSystemConnectionState;
import com.vmware.vim25.LicenseManagerLicenseInfo;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectContent;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.vsphere.Inventory.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges whether what was found on a server can be used, and adds to a list what cannot. What the
 * server does not tell is taken to be right. Changes nothing.
 */
final class SiteChecks {
  private static final Logger log = LoggerFactory.getLogger(SiteChecks.class);

  /** The first with all that is used here: {@code changeVersion}, PVSCSI, UUIDs of disks. */
  private static final int OLDEST_API = 6;

  /** Not even the smallest disk of an image has room in less. */
  private static final long LEAST_FREE_BYTES = 64L << 20;

  private final VimSession session;
  private final Properties properties;
  private final Inventory inventory;
  private final List<String> problems;

  SiteChecks(VimSession session, Inventory inventory, List<String> problems) {
    this.session = session;
    this.properties = new Properties(session);
    this.inventory = inventory;
    this.problems = problems;
  }

  /** The server's version and licence. */
  void server() {
    String version = session.content().getAbout().getApiVersion();
    if (version != null && version.matches("\\d{1,4}(\\..*)?")) {
      int major = Integer.parseInt(version.split("\\.", 2)[0]);
      if (major < OLDEST_API) {
        problems.add(
            "the server has version "
                + version
                + " of the vSphere API; at least "
                + OLDEST_API
                + ".0 is needed: upgrade it, or use another server");
      }
    }
    if (!session.isVirtualCenter()) {
      licence();
    }
  }

  /** The API of a host with the free licence can be read, but refuses every change. */
  private void licence() {
    ManagedObjectReference manager = session.content().getLicenseManager();
    if (manager == null) {
      return;
    }
    try {
      Object licences = properties.of(manager, "licenses").get("licenses");
      if (licences instanceof LicenseManagerLicenseInfo[] all) {
        for (LicenseManagerLicenseInfo licence : all) {
          if (licence.getEditionKey() != null && licence.getEditionKey().startsWith("esxBasic")) {
            problems.add(
                "the host's licence '"
                    + licence.getName()
                    + "' has a read-only API; give it another licence, or add it to a vCenter"
                    + " Server");
          }
        }
      }
    } catch (UnauthorizedException e) {
      log.debug("the user may not see the host's licence, which is not checked", e);
    }
  }

  /**
   * The hosts that VMs can run on.
   *
   * @param pool where VMs get their resources from
   * @param only the host that VMs are made on; null if vSphere chooses
   * @return those that are connected and not in maintenance, or all if none is
   */
  Set<String> hosts(Item pool, @Nullable Item only) {
    List<ManagedObjectReference> all = hostsOf(pool);
    if (all.isEmpty()) {
      problems.add(
          owner(pool) + " has no host that VMs could run on; add one, or name another pool");
      return Set.of();
    }
    if (only != null && !all.contains(only.reference())) {
      problems.add(
          "host '"
              + Inventory.plain(only)
              + "' is not of "
              + owner(pool)
              + ", which the resource pool is of; it has: "
              + names(all));
      return Set.of(only.reference().getVal());
    }
    List<ManagedObjectReference> asked = only == null ? all : List.of(only.reference());
    Map<String, String> unfit = new TreeMap<>();
    Set<String> fit = new TreeSet<>();
    for (ObjectContent content :
        properties.of(
            asked,
            "HostSystem",
            List.of("name", "runtime.connectionState", "runtime.inMaintenanceMode"))) {
      Map<String, Object> host = Properties.of(content);
      String name = Inventory.plain(String.valueOf(host.get("name")));
      Object state = host.get("runtime.connectionState");
      if (state instanceof HostSystemConnectionState it
          && it != HostSystemConnectionState.connected) {
        unfit.put(name, "host '" + name + "' is not connected (" + it + ")");
      } else if (Boolean.TRUE.equals(host.get("runtime.inMaintenanceMode"))) {
        unfit.put(name, "host '" + name + "' is in maintenance mode");
      } else {
        fit.add(content.getObj().getVal());
      }
    }
    if (!fit.isEmpty()) {
      return fit;
    }
    problems.add(
        String.join(", ", unfit.values())
            + (only == null ? ", and " + owner(pool) + " has no other" : "")
            + "; bring one back, or name another");
    return asked.stream().map(ManagedObjectReference::getVal).collect(Collectors.toSet());
  }

  /**
   * A datastore.
   *
   * @param hosts the hosts that must have mounted it; none if it is not known which
   * @return what lists its files; null if that is not known
   */
  @Nullable ManagedObjectReference datastore(Item datastore, Set<String> hosts) {
    Map<String, Object> values =
        properties.of(
            datastore.reference(),
            "browser",
            "host",
            "summary.accessible",
            "summary.maintenanceMode",
            "summary.freeSpace");
    String name = "datastore '" + Inventory.plain(datastore) + "'";
    if (!Boolean.TRUE.equals(values.get("summary.accessible"))) {
      problems.add(name + " is not accessible; see to its storage, or name another");
    } else {
      Object mode = values.getOrDefault("summary.maintenanceMode", "normal");
      if (!mode.equals("normal")) {
        problems.add(name + " is in maintenance (" + mode + "); end that, or name another");
      }
      if (values.get("summary.freeSpace") instanceof Long free && free < LEAST_FREE_BYTES) {
        problems.add(
            name + " has only " + (free >> 20) + " MiB free; make room on it, or name another");
      }
      if (!hosts.isEmpty()
          && values.get("host") instanceof DatastoreHostMount[] mounts
          && List.of(mounts).stream().noneMatch(mount -> isUsable(mount, hosts))) {
        problems.add(
            name
                + " is not mounted for writing by a host that VMs could run on ("
                + names(references(hosts))
                + "); mount it there, or name another");
      }
    }
    ManagedObjectReference browser = (ManagedObjectReference) values.get("browser");
    if (browser == null) {
      problems.add(
          name + " does not let its files be listed; grant the user Datastore.Browse on it");
    }
    return browser;
  }

  private static boolean isUsable(DatastoreHostMount mount, Set<String> hosts) {
    return hosts.contains(mount.getKey().getVal())
        && (mount.getMountInfo() == null
            || (!Boolean.FALSE.equals(mount.getMountInfo().getMounted())
                && !Boolean.FALSE.equals(mount.getMountInfo().getAccessible())
                && !"readOnly".equals(mount.getMountInfo().getAccessMode())));
  }

  /** Networks, each of which at least one of these hosts must have. */
  void networks(List<Item> networks, Set<String> hosts) {
    if (networks.isEmpty() || hosts.isEmpty()) {
      return;
    }
    Set<String> there = new TreeSet<>();
    for (ObjectContent content :
        properties.of(references(hosts), "HostSystem", List.of("network"))) {
      if (!(Properties.of(content).get("network") instanceof ManagedObjectReference[] all)) {
        return;
      }
      List.of(all).forEach(network -> there.add(network.getVal()));
    }
    for (Item network : networks) {
      if (!there.contains(network.reference().getVal())) {
        List<ManagedObjectReference> others = new ArrayList<>();
        there.forEach(value -> others.add(Moref.of("Network", value)));
        problems.add(
            "network '"
                + Inventory.plain(network)
                + "' is on no host that VMs could run on ("
                + names(references(hosts))
                + "); there are: "
                + names(others));
      }
    }
  }

  private List<ManagedObjectReference> hostsOf(Item pool) {
    Object owner = properties.of(pool.reference(), "owner").get("owner");
    if (owner instanceof ManagedObjectReference compute
        && properties.of(compute, "host").get("host") instanceof ManagedObjectReference[] hosts) {
      return List.of(hosts);
    }
    return List.of();
  }

  private String owner(Item pool) {
    for (Item at = pool; at != null; at = inventory.parent(at)) {
      if (at.is(SiteFinder.COMPUTE)) {
        return (at.reference().getType().equals("ComputeResource") ? "host '" : "cluster '")
            + Inventory.plain(at)
            + "'";
      }
    }
    return "resource pool '" + Inventory.plain(pool) + "'";
  }

  private static List<ManagedObjectReference> references(Set<String> hosts) {
    return hosts.stream().sorted().map(host -> Moref.of("HostSystem", host)).toList();
  }

  private String names(List<ManagedObjectReference> references) {
    return SiteFinder.names(
        references.stream().map(inventory::of).filter(item -> item != null).toList());
  }
}
