package io.vic4j.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.vm.HostEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What the containers of a pod share, in the JSON of {@link PodJson}. */
final class PodPartsJson {
  private PodPartsJson() {}

  static void write(PodSpec spec, ObjectNode json) {
    for (PodVolume volume : spec.volumes()) {
      write(volume, json.withArray("volumes").addObject().put("name", volume.name()));
    }
    for (HostEntry entry : spec.hosts()) {
      PodJson.put(
          json.withArray("hosts").addObject().put("address", entry.address()),
          "names",
          entry.names());
    }
    PodJson.put(json, "nameservers", spec.resolver().nameservers());
    PodJson.put(json, "searches", spec.resolver().searches());
    PodJson.put(json, "resolverOptions", spec.resolver().options());
    spec.activeDeadline().ifPresent(deadline -> json.put("activeDeadline", deadline.toString()));
    spec.fsGroup().ifPresent(group -> json.put("fsGroup", group));
  }

  private static void write(PodVolume volume, ObjectNode json) {
    if (volume instanceof PodVolume.Empty empty) {
      json.put("kind", empty.memory() ? "memory" : "empty");
      empty.sizeBytes().ifPresent(size -> json.put("sizeBytes", size));
    } else if (volume instanceof PodVolume.Files files) {
      ArrayNode list = json.put("kind", "files").putArray("files");
      for (PodFile file : files.files()) {
        list.addObject().put("path", file.path()).put("mode", file.mode());
      }
    } else if (volume instanceof PodVolume.Named named) {
      json.put("kind", "named").put("volume", named.volume());
      if (named.readOnly()) {
        json.put("readOnly", true);
      }
    }
  }

  static void read(JsonNode json, PodSpec.Builder spec) {
    for (JsonNode volume : json.path("volumes")) {
      spec.volume(volume(volume));
    }
    for (JsonNode entry : json.path("hosts")) {
      spec.host(new HostEntry(entry.path("address").asText(), PodJson.list(entry, "names")));
    }
    spec.resolver(
        new Resolver(
            PodJson.list(json, "nameservers"),
            PodJson.list(json, "searches"),
            PodJson.list(json, "resolverOptions")));
    if (json.has("activeDeadline")) {
      spec.activeDeadline(Duration.parse(json.get("activeDeadline").asText()));
    }
    if (json.has("fsGroup")) {
      spec.fsGroup(json.get("fsGroup").asLong());
    }
  }

  private static PodVolume volume(JsonNode json) {
    String name = json.path("name").asText();
    String kind = json.path("kind").asText();
    return switch (kind) {
      case "empty", "memory" ->
          new PodVolume.Empty(
              name,
              kind.equals("memory"),
              json.has("sizeBytes")
                  ? OptionalLong.of(json.get("sizeBytes").asLong())
                  : OptionalLong.empty());
      case "files" -> {
        List<PodFile> files = new ArrayList<>();
        for (JsonNode file : json.path("files")) {
          files.add(
              new PodFile(file.path("path").asText(), file.path("mode").asInt(), Optional.empty()));
        }
        yield new PodVolume.Files(name, files);
      }
      case "named" ->
          new PodVolume.Named(
              name, json.path("volume").asText(), json.path("readOnly").asBoolean());
      default -> throw new IllegalArgumentException("a volume of kind '" + kind + "'");
    };
  }
}
