package io.vic4j.core.vm;

import io.vic4j.core.vm.DiskAttachment.Role;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a guest is told at its boot, and again where that changes while it runs.
 *
 * @param id the VM's identifier
 * @param run which start of the VM this is, from 1; the guest's reports carry it
 * @param revision how often it was changed since the VM was made
 * @param hostname what it is to call itself
 * @param domain what its full name has after that
 * @param powerOffWhenDone whether it powers off when its last session is over
 * @param disks its disks by the UUID of their file system
 * @param networks its network adapters, in the order in which they are plugged in
 * @param sessions what it is to run
 * @param hosts what its {@code /etc/hosts} is to say beside what it is called itself
 * @param searches the domains in which it is to look for names; those of its networks where empty
 * @param nameservers whom it is to ask for names; those of its networks where empty
 * @param resolverOptions what its {@code /etc/resolv.conf} is to say as options
 * @param memoryVolumes its volumes in memory
 * @param deadline how long it may run
 */
public record GuestConfig(
    String id,
    long run,
    long revision,
    String hostname,
    Optional<String> domain,
    boolean powerOffWhenDone,
    Map<UUID, Role> disks,
    List<NetworkAttachment> networks,
    List<SessionSpec> sessions,
    List<HostEntry> hosts,
    List<String> searches,
    List<String> nameservers,
    List<String> resolverOptions,
    List<MemoryVolume> memoryVolumes,
    Optional<Duration> deadline) {
  /** Copies the collections, whose order is kept. */
  public GuestConfig {
    disks = Collections.unmodifiableMap(new LinkedHashMap<>(disks));
    networks = List.copyOf(networks);
    sessions = List.copyOf(sessions);
    hosts = List.copyOf(hosts);
    searches = List.copyOf(searches);
    nameservers = List.copyOf(nameservers);
    resolverOptions = List.copyOf(resolverOptions);
    memoryVolumes = List.copyOf(memoryVolumes);
  }
}
