package io.vic4j.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.ResourceLimit;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.TmpfsMount;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** {@link ProcessOptions} in the JSON of {@link PodJson}: fields of their container. */
final class OptionsJson {
  private OptionsJson() {}

  static void write(ProcessOptions options, ObjectNode json) {
    for (ResourceLimit limit : options.ulimits()) {
      ObjectNode one = json.withArray("ulimits").addObject().put("name", limit.name());
      limit.soft().ifPresent(soft -> one.put("soft", soft));
      limit.hard().ifPresent(hard -> one.put("hard", hard));
    }
    PodJson.put(json, "capAdd", List.copyOf(options.addedCapabilities()));
    PodJson.put(json, "capDrop", List.copyOf(options.droppedCapabilities()));
    if (options.noNewPrivileges()) {
      json.put("noNewPrivileges", true);
    }
    PodJson.put(json, "groups", options.groups());
    for (TmpfsMount mount : options.tmpfs()) {
      ObjectNode one = json.withArray("tmpfs").addObject().put("path", mount.path());
      mount.sizeBytes().ifPresent(size -> one.put("sizeBytes", size));
      one.put("mode", mount.mode());
    }
    for (HostEntry entry : options.extraHosts()) {
      PodJson.put(
          json.withArray("extraHosts").addObject().put("address", entry.address()),
          "names",
          entry.names());
    }
    PodJson.put(json, "searchDomains", options.searchDomains());
    options.healthCheck().ifPresent(check -> write(check, json.putObject("healthCheck")));
    if (options.noHealthCheck()) {
      json.put("noHealthCheck", true);
    }
    boolean plain =
        options.lifecycle().equals(SessionLifecycle.DEFAULT)
            && options.resources().equals(SessionResources.UNLIMITED);
    if (!plain) {
      json.put("life", GuestProtocol.encode(options.lifecycle(), options.resources()));
    }
    for (ContainerMount mount : options.mounts()) {
      ObjectNode one = json.withArray("mounts").addObject();
      one.put("volume", mount.volume()).put("path", mount.path());
      if (!mount.subPath().isEmpty()) {
        one.put("subPath", mount.subPath());
      }
      if (mount.readOnly()) {
        one.put("readOnly", true);
      }
    }
    if (options.nonRoot()) {
      json.put("nonRoot", true);
    }
  }

  private static void write(HealthCheck check, ObjectNode json) {
    PodJson.put(json, "argv", check.argv());
    json.put("interval", check.interval().toString())
        .put("timeout", check.timeout().toString())
        .put("startPeriod", check.startPeriod().toString())
        .put("retries", check.retries());
  }

  static void read(JsonNode json, OptionsBuilder<?> options) {
    for (JsonNode limit : json.path("ulimits")) {
      options.ulimit(
          new ResourceLimit(
              limit.path("name").asText(), number(limit, "soft"), number(limit, "hard")));
    }
    PodJson.list(json, "capAdd").forEach(options::addCapabilities);
    PodJson.list(json, "capDrop").forEach(options::dropCapabilities);
    options.noNewPrivileges(json.path("noNewPrivileges").asBoolean());
    options.groups(PodJson.list(json, "groups"));
    for (JsonNode mount : json.path("tmpfs")) {
      options.tmpfs(
          new TmpfsMount(
              mount.path("path").asText(), number(mount, "sizeBytes"), mount.path("mode").asInt()));
    }
    for (JsonNode entry : json.path("extraHosts")) {
      options.extraHost(
          new HostEntry(entry.path("address").asText(), PodJson.list(entry, "names")));
    }
    PodJson.list(json, "searchDomains").forEach(options::searchDomain);
    if (json.has("healthCheck")) {
      options.healthCheck(healthCheck(json.path("healthCheck")));
    }
    if (json.path("noHealthCheck").asBoolean()) {
      options.noHealthCheck();
    }
    if (json.has("life")) {
      String life = json.get("life").asText();
      options.lifecycle(GuestProtocol.decodeLifecycle(life));
      options.resources(GuestProtocol.decodeResources(life));
    }
    for (JsonNode mount : json.path("mounts")) {
      options.mount(
          new ContainerMount(
              mount.path("volume").asText(),
              mount.path("path").asText(),
              mount.path("subPath").asText(),
              mount.path("readOnly").asBoolean()));
    }
    options.nonRoot(json.path("nonRoot").asBoolean());
  }

  private static HealthCheck healthCheck(JsonNode json) {
    return new HealthCheck(
        PodJson.list(json, "argv"),
        Duration.parse(json.path("interval").asText()),
        Duration.parse(json.path("timeout").asText()),
        Duration.parse(json.path("startPeriod").asText()),
        json.path("retries").asInt());
  }

  private static OptionalLong number(JsonNode json, String field) {
    return json.has(field) ? OptionalLong.of(json.get(field).asLong()) : OptionalLong.empty();
  }
}
