package io.vic4j.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.Signal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A {@link PodSpec} as JSON: how it is kept with the pod's VM. What is not set is left out, so that
 * a small pod stays small.
 */
final class PodJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int VERSION = 1;

  private PodJson() {}

  static String write(PodSpec spec) {
    return tree(spec).toString();
  }

  /** What {@link #read} gives of what {@link #write} wrote. */
  static PodSpec kept(PodSpec spec) {
    boolean whole = spec.volumes().stream().noneMatch(it -> it instanceof PodVolume.Files);
    return whole ? spec : read(write(spec)); // What is in files is not kept.
  }

  private static ObjectNode tree(PodSpec spec) {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("namespace", spec.key().namespace());
    json.put("name", spec.key().name());
    spec.uid().ifPresent(uid -> json.put("uid", uid));
    put(json, "labels", spec.labels());
    put(json, "annotations", spec.annotations());
    spec.hostname().ifPresent(hostname -> json.put("hostname", hostname));
    spec.domain().ifPresent(domain -> json.put("domain", domain));
    json.put("restartPolicy", text(spec.restartPolicy()));
    json.put("terminationGrace", spec.terminationGrace().toString());
    spec.cpus().ifPresent(cpus -> json.put("cpus", cpus));
    spec.memory().ifPresent(memory -> json.put("memoryBytes", memory.bytes()));
    ArrayNode containers = json.putArray("containers");
    spec.containers().forEach(container -> write(container, containers.addObject()));
    spec.initContainers().forEach(it -> write(it, json.withArray("initContainers").addObject()));
    PodPartsJson.write(spec, json);
    return json;
  }

  /**
   * The fields in which two specifications differ as they are kept; no UID differs from none of
   * them.
   */
  static List<String> different(PodSpec one, PodSpec other) {
    ObjectNode left = tree(one);
    ObjectNode right = tree(other);
    if (other.uid().isEmpty()) {
      left.remove("uid");
    }
    Set<String> names = new TreeSet<>();
    left.fieldNames().forEachRemaining(names::add);
    right.fieldNames().forEachRemaining(names::add);
    return names.stream().filter(it -> !Objects.equals(left.get(it), right.get(it))).toList();
  }

  private static void write(ContainerSpec spec, ObjectNode json) {
    spec.name().ifPresent(name -> json.put("name", name));
    spec.reference().ifPresent(reference -> json.put("image", reference.toString()));
    spec.imageId().ifPresent(id -> json.put("imageId", id.toString()));
    json.put("pullPolicy", text(spec.pullPolicy()));
    put(json, "command", spec.command());
    put(json, "args", spec.args());
    put(json, "env", spec.env());
    spec.workingDirectory().ifPresent(directory -> json.put("workingDirectory", directory));
    spec.user().ifPresent(user -> json.put("user", user));
    putIf(json, "tty", spec.tty());
    putIf(json, "stdin", spec.stdin());
    putIf(json, "readOnlyRoot", spec.readOnlyRoot());
    spec.stopSignal().ifPresent(signal -> json.put("stopSignal", signal.name()));
    spec.restartPolicy().ifPresent(policy -> json.put("restartPolicy", text(policy)));
    spec.cpus().ifPresent(cpus -> json.put("cpus", cpus));
    spec.memory().ifPresent(memory -> json.put("memoryBytes", memory.bytes()));
    if (!spec.volumes().isEmpty()) {
      ArrayNode volumes = json.putArray("volumes");
      spec.volumes().forEach(volume -> write(volume, volumes.addObject()));
    }
    OptionsJson.write(spec.options(), json);
  }

  private static void write(ContainerVolume volume, ObjectNode json) {
    volume.volume().ifPresent(name -> json.put("volume", name));
    json.put("path", volume.path());
    putIf(json, "readOnly", volume.readOnly());
  }

  private static void put(ObjectNode json, String field, Map<String, String> map) {
    if (!map.isEmpty()) {
      ObjectNode object = json.putObject(field);
      map.forEach(object::put);
    }
  }

  /** Adds a list, unless it is empty. */
  static void put(ObjectNode json, String field, List<String> list) {
    if (!list.isEmpty()) {
      list.forEach(json.putArray(field)::add);
    }
  }

  private static void putIf(ObjectNode json, String field, boolean value) {
    if (value) {
      json.put(field, true);
    }
  }

  private static String text(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The specification that {@link #write} wrote.
   *
   * @throws CorruptException if it is none
   * @throws UnsupportedException if a later version wrote it
   */
  static PodSpec read(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      int version = json.path("version").asInt();
      if (version > VERSION) {
        throw new UnsupportedException(
            "the pod was made by a later version of this library (its format is "
                + version
                + ", the latest known "
                + VERSION
                + ")");
      }
      return read(json);
    } catch (JsonProcessingException
        | InvalidArgumentException
        | IllegalArgumentException
        | DateTimeException e) {
      // No text in the message: it may hold secrets.
      throw new CorruptException("the specification kept with a pod cannot be read", e);
    }
  }

  private static PodSpec read(JsonNode json) {
    PodSpec.Builder spec =
        PodSpec.builder(PodKey.of(required(json, "namespace"), required(json, "name")))
            .labels(map(json, "labels"))
            .annotations(map(json, "annotations"))
            .restartPolicy(policy(required(json, "restartPolicy")))
            .terminationGrace(Duration.parse(required(json, "terminationGrace")));
    ifText(json, "uid", spec::uid);
    ifText(json, "hostname", spec::hostname);
    ifText(json, "domain", spec::domain);
    ifNumber(json, "cpus", cpus -> spec.cpus(Math.toIntExact(cpus)));
    ifNumber(json, "memoryBytes", bytes -> spec.memory(MemorySize.ofBytes(bytes)));
    json.path("containers").forEach(container -> spec.container(readContainer(container)));
    json.path("initContainers").forEach(container -> spec.initContainer(readContainer(container)));
    PodPartsJson.read(json, spec);
    return spec.build();
  }

  private static ContainerSpec readContainer(JsonNode json) {
    ContainerSpec.Builder spec =
        text(json, "image")
            .map(ContainerSpec::builder)
            .orElseGet(() -> ContainerSpec.ofImageId(Digest.parse(required(json, "imageId"))));
    spec.pullPolicy(PullPolicy.valueOf(required(json, "pullPolicy").toUpperCase(Locale.ROOT)))
        .command(list(json, "command"))
        .args(list(json, "args"))
        .env(map(json, "env"))
        .tty(json.path("tty").asBoolean())
        .stdin(json.path("stdin").asBoolean())
        .readOnlyRoot(json.path("readOnlyRoot").asBoolean());
    ifText(json, "name", spec::name);
    ifText(json, "workingDirectory", spec::workingDirectory);
    ifText(json, "user", spec::user);
    ifText(json, "stopSignal", signal -> spec.stopSignal(Signal.parse(signal)));
    ifText(json, "restartPolicy", policy -> spec.restartPolicy(policy(policy)));
    ifNumber(json, "cpus", cpus -> spec.cpus(Math.toIntExact(cpus)));
    ifNumber(json, "memoryBytes", bytes -> spec.memory(MemorySize.ofBytes(bytes)));
    for (JsonNode volume : json.path("volumes")) {
      spec.volume(
          new ContainerVolume(
              text(volume, "volume"),
              required(volume, "path"),
              volume.path("readOnly").asBoolean()));
    }
    OptionsJson.read(json, spec);
    return spec.build();
  }

  private static RestartPolicy policy(String text) {
    return RestartPolicy.valueOf(text.toUpperCase(Locale.ROOT));
  }

  private static Optional<String> text(JsonNode json, String field) {
    return Optional.ofNullable(json.get(field)).map(JsonNode::asText);
  }

  private static String required(JsonNode json, String field) {
    return text(json, field)
        .orElseThrow(() -> new InvalidArgumentException("'" + field + "' is missing"));
  }

  private static void ifText(JsonNode json, String field, Consumer<String> use) {
    text(json, field).ifPresent(use);
  }

  private static void ifNumber(JsonNode json, String field, Consumer<Long> use) {
    if (json.has(field)) {
      use.accept(json.get(field).asLong());
    }
  }

  /** The list that {@link #put} added; empty if it was. */
  static List<String> list(JsonNode json, String field) {
    List<String> list = new ArrayList<>();
    json.path(field).forEach(value -> list.add(value.asText()));
    return list;
  }

  private static Map<String, String> map(JsonNode json, String field) {
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json.path(field).properties()) {
      map.put(entry.getKey(), entry.getValue().asText());
    }
    return map;
  }
}
