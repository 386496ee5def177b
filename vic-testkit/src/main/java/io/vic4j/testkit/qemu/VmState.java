package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.NetworkAttachment.Fixed;
import io.vic4j.core.vm.VmDefinition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What is kept of a VM beside its disks, in a file of its folder. Immutable.
 *
 * @param definition the machine; its name and variables are those of now
 * @param changeVersion counts the changes by the host
 * @param guestBytes how much of what the guest wrote is in the variables already
 */
record VmState(VmDefinition definition, long changeVersion, long guestBytes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads it. */
  static VmState read(Path file) {
    try {
      JsonNode node = JSON.readTree(file.toFile());
      return new VmState(
          definition(node),
          node.get("changeVersion").longValue(),
          node.get("guestBytes").longValue());
    } catch (IOException | RuntimeException e) {
      throw new CorruptException("cannot read " + file + "; remove its folder", e);
    }
  }

  private static VmDefinition definition(JsonNode node) {
    TreeMap<String, String> variables = new TreeMap<>();
    node.get("variables")
        .properties()
        .forEach(it -> variables.put(it.getKey(), it.getValue().textValue()));
    List<DiskAttachment> disks = new ArrayList<>();
    for (JsonNode disk : node.get("disks")) {
      disks.add(
          new DiskAttachment(
              DatastorePath.parse(disk.get("vmdk").textValue()),
              UUID.fromString(disk.get("fileSystem").textValue()),
              Role.valueOf(disk.get("role").textValue())));
    }
    List<NetworkAttachment> networks = new ArrayList<>();
    for (JsonNode network : node.get("networks")) {
      String name = network.get("network").textValue();
      NetworkAttachment one =
          network.has("addresses")
              ? NetworkAttachment.fixed(
                  name,
                  new Fixed(
                      texts(network.get("addresses")),
                      texts(network.get("gateways")),
                      texts(network.get("nameservers"))))
              : NetworkAttachment.dhcp(name);
      for (JsonNode forward : network.path("forwards")) {
        one = one.forwarding(forward.get("host").intValue(), forward.get("guest").intValue());
      }
      networks.add(one);
    }
    return new VmDefinition(
        node.get("id").textValue(),
        node.get("scope").textValue(),
        node.get("name").textValue(),
        node.get("cpus").intValue(),
        MemorySize.ofBytes(node.get("memoryBytes").longValue()),
        node.has("bootstrapIso")
            ? Optional.of(DatastorePath.parse(node.get("bootstrapIso").textValue()))
            : Optional.empty(),
        disks,
        networks,
        texts(node.get("logs")),
        variables);
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.textValue()));
    return texts;
  }

  /** Writes it, so that a crash leaves the one before or this one. */
  void write(Path file) {
    VmFolder.replace(file, json());
  }

  private ObjectNode json() {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", definition.id()).put("scope", definition.scope()).put("name", definition.name());
    node.put("cpus", definition.cpus()).put("memoryBytes", definition.memory().bytes());
    definition.bootstrapIso().ifPresent(iso -> node.put("bootstrapIso", iso.toString()));
    ArrayNode disks = node.putArray("disks");
    for (DiskAttachment disk : definition.disks()) {
      disks
          .addObject()
          .put("vmdk", disk.vmdk().toString())
          .put("fileSystem", disk.fileSystem().toString())
          .put("role", disk.role().name());
    }
    ArrayNode networks = node.putArray("networks");
    for (NetworkAttachment network : definition.networks()) {
      ObjectNode one = networks.addObject().put("network", network.network());
      if (network.addressing() instanceof Fixed fixed) {
        put(one.putArray("addresses"), fixed.addresses());
        put(one.putArray("gateways"), fixed.gateways());
        put(one.putArray("nameservers"), fixed.nameservers());
      }
      ArrayNode forwards = one.putArray("forwards");
      network
          .forwards()
          .forEach(
              it -> forwards.addObject().put("host", it.hostPort()).put("guest", it.guestPort()));
    }
    put(node.putArray("logs"), definition.logs());
    ObjectNode variables = node.putObject("variables");
    definition.variables().forEach(variables::put);
    return node.put("changeVersion", changeVersion).put("guestBytes", guestBytes);
  }

  private static void put(ArrayNode array, List<String> texts) {
    texts.forEach(array::add);
  }
}
