package io.vic4j.core.vsphere;

import com.vmware.vim25.DVPortgroupConfigInfo;
import com.vmware.vim25.DistributedVirtualSwitchPortConnection;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.OpaqueNetworkSummary;
import com.vmware.vim25.VirtualDeviceBackingInfo;
import com.vmware.vim25.VirtualEthernetCardDistributedVirtualPortBackingInfo;
import com.vmware.vim25.VirtualEthernetCardNetworkBackingInfo;
import com.vmware.vim25.VirtualEthernetCardOpaqueNetworkBackingInfo;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vsphere.Inventory.Item;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The networks of a datacenter, by name: port groups, distributed port groups and opaque networks.
 * One that was found is remembered. Thread-safe.
 */
final class Networks {
  private static final List<String> OF_ALL = List.of("name");

  /** Of NetworkSummary (vSphere Web Services API): whether a host is connected to it. */
  private static final String ACCESSIBLE = "summary.accessible";

  private final Properties properties;
  private final Site site;
  private final VimSession session;
  private final Map<String, Network> found = new ConcurrentHashMap<>();
  private final Map<String, VirtualDeviceBackingInfo> backings = new ConcurrentHashMap<>();

  private record Network(ManagedObjectReference reference, String name) {}

  Networks(VimSession session, Site site) {
    this.session = session;
    this.properties = new Properties(session);
    this.site = site;
  }

  /**
   * What an adapter on a network is backed by.
   *
   * @param name its name, or its inventory path
   * @throws NotFoundException if the datacenter has no such network
   */
  VirtualDeviceBackingInfo backing(String name) {
    VirtualDeviceBackingInfo known = backings.get(name);
    if (known != null) {
      return known;
    }
    VirtualDeviceBackingInfo fresh = make(find(name));
    backings.put(name, fresh);
    return fresh;
  }

  /**
   * Why nothing can be connected to a network now; empty if it can. One that was found before may
   * be gone, and another may have its name.
   */
  Optional<String> problem(String name) {
    try {
      return inaccessible(name);
    } catch (NotFoundException e) {
      forget();
    }
    try {
      return inaccessible(name);
    } catch (NotFoundException e) {
      return Optional.of("network '" + name + "' is not there");
    }
  }

  private Optional<String> inaccessible(String name) {
    Object accessible = properties.of(find(name).reference(), ACCESSIBLE).get(ACCESSIBLE);
    return Boolean.FALSE.equals(accessible)
        ? Optional.of("no host can reach network '" + name + "'")
        : Optional.empty();
  }

  /** Looks for all networks anew, for one may have been replaced by another of its name. */
  void forget() {
    found.clear();
    backings.clear();
  }

  private Network find(String name) {
    Network known = found.get(name);
    if (known != null) {
      return known;
    }
    Object references = properties.of(site.datacenter(), "network").get("network");
    if (references instanceof ManagedObjectReference[] all) {
      for (ObjectContent content : properties.of(List.of(all), "Network", OF_ALL)) {
        if (Properties.of(content).get("name") instanceof String it) {
          Network network = new Network(content.getObj(), Inventory.plain(it));
          found.putIfAbsent(it, network);
          found.putIfAbsent(network.name(), network);
        }
      }
    }
    Network network = found.get(name);
    if (network == null && name.contains("/")) {
      network = findByPath(name);
    }
    if (network == null) {
      throw new NotFoundException("network", name);
    }
    return network;
  }

  private @Nullable Network findByPath(String path) {
    Inventory inventory = Inventory.read(session);
    List<Item> named = inventory.named(inventory.all(SiteFinder.NETWORK), path);
    if (named.size() != 1) {
      return null;
    }
    Network network = new Network(named.get(0).reference(), Inventory.plain(named.get(0)));
    found.put(path, network);
    return network;
  }

  private VirtualDeviceBackingInfo make(Network network) {
    ManagedObjectReference reference = network.reference();
    return switch (reference.getType()) {
      case "DistributedVirtualPortgroup" -> distributed(network.name(), reference);
      case "OpaqueNetwork" -> opaque(network.name(), reference);
      default -> plain(network.name(), reference);
    };
  }

  private static VirtualDeviceBackingInfo plain(String name, ManagedObjectReference network) {
    VirtualEthernetCardNetworkBackingInfo backing = new VirtualEthernetCardNetworkBackingInfo();
    backing.setDeviceName(name);
    backing.setNetwork(network);
    return backing;
  }

  private VirtualDeviceBackingInfo distributed(String name, ManagedObjectReference network) {
    if (!(properties.of(network, "config").get("config") instanceof DVPortgroupConfigInfo config)
        || config.getDistributedVirtualSwitch() == null) {
      throw new NotFoundException("distributed switch of network", name);
    }
    Object uuid = properties.of(config.getDistributedVirtualSwitch(), "uuid").get("uuid");
    DistributedVirtualSwitchPortConnection port = new DistributedVirtualSwitchPortConnection();
    port.setPortgroupKey(config.getKey());
    port.setSwitchUuid(String.valueOf(uuid));
    VirtualEthernetCardDistributedVirtualPortBackingInfo backing =
        new VirtualEthernetCardDistributedVirtualPortBackingInfo();
    backing.setPort(port);
    return backing;
  }

  private VirtualDeviceBackingInfo opaque(String name, ManagedObjectReference network) {
    if (!(properties.of(network, "summary").get("summary") instanceof OpaqueNetworkSummary it)) {
      throw new NotFoundException("network", name);
    }
    VirtualEthernetCardOpaqueNetworkBackingInfo backing =
        new VirtualEthernetCardOpaqueNetworkBackingInfo();
    backing.setOpaqueNetworkId(it.getOpaqueNetworkId());
    backing.setOpaqueNetworkType(it.getOpaqueNetworkType());
    return backing;
  }
}
