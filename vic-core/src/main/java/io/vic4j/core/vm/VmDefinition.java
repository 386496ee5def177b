package io.vic4j.core.vm;

import io.vic4j.core.datastore.DatastorePath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The machine that a {@link Hypervisor} is to make: hardware, and variables to keep with it.
 *
 * @param id its identifier, which the hypervisor keeps: 64 hexadecimal digits
 * @param scope whose it is: the virtual container host's name
 * @param name what people call it; unique within the scope
 * @param cpus how many virtual processors
 * @param memory how much memory
 * @param shares what it weighs when either is short; a hypervisor that cannot weigh VMs leaves it
 * @param bootstrapIso what it boots from; the hypervisor's own ISO where none is given
 * @param disks its disks, in the order in which they are plugged in
 * @param networks its network adapters
 * @param logs the names of its serial ports, each of which the hypervisor keeps the output of
 * @param variables what to keep with it; see {@link VmRecord#variables}
 */
public record VmDefinition(
    String id,
    String scope,
    String name,
    int cpus,
    MemorySize memory,
    VmShares shares,
    Optional<DatastorePath> bootstrapIso,
    List<DiskAttachment> disks,
    List<NetworkAttachment> networks,
    List<String> logs,
    SortedMap<String, String> variables) {
  /** Copies the collections. */
  public VmDefinition {
    disks = List.copyOf(disks);
    networks = List.copyOf(networks);
    logs = List.copyOf(logs);
    variables = sorted(variables);
  }

  /** One that weighs as others of its size do. */
  public VmDefinition(
      String id,
      String scope,
      String name,
      int cpus,
      MemorySize memory,
      Optional<DatastorePath> bootstrapIso,
      List<DiskAttachment> disks,
      List<NetworkAttachment> networks,
      List<String> logs,
      SortedMap<String, String> variables) {
    this(
        id,
        scope,
        name,
        cpus,
        memory,
        VmShares.NORMAL,
        bootstrapIso,
        disks,
        networks,
        logs,
        variables);
  }

  /** The same, called otherwise and with other variables. */
  public VmDefinition with(String otherName, SortedMap<String, String> otherVariables) {
    return new VmDefinition(
        id,
        scope,
        otherName,
        cpus,
        memory,
        shares,
        bootstrapIso,
        disks,
        networks,
        logs,
        otherVariables);
  }

  /** The same with further disks. */
  public VmDefinition withFurther(List<DiskAttachment> furtherDisks) {
    List<DiskAttachment> all = new ArrayList<>(disks);
    all.addAll(furtherDisks);
    return new VmDefinition(
        id, scope, name, cpus, memory, shares, bootstrapIso, all, networks, logs, variables);
  }

  static SortedMap<String, String> sorted(Map<String, String> variables) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(variables));
  }
}
