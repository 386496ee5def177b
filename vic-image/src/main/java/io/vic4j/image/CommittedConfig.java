package io.vic4j.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.Digest;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * Config and manifest of an image that is made of another one. What the other's say and nobody
 * changes stays, fields that nobody knows included. Sources: OCI image specification 1.1, image
 * configuration; Docker image specification 1.2.
 */
final class CommittedConfig {

  private CommittedConfig() {}

  /**
   * The config.
   *
   * @param base that of the image it is made of
   * @param diffId the new layer's, if there is one
   * @param time when it was made
   */
  static Bytes config(Bytes base, Optional<Digest> diffId, CommitOptions options, Instant time) {
    ObjectNode json = BlobJson.read(base);
    json.put("created", time.toString());
    options.author().ifPresent(author -> json.put("author", author));
    // They tell of the container that the other image was made of.
    json.remove("container");
    json.remove("container_config");
    change(object(json, "config"), options);
    diffId.ifPresent(id -> array(object(json, "rootfs"), "diff_ids").add(id.toString()));
    ObjectNode step = array(json, "history").addObject();
    step.put("created", time.toString());
    options.createdBy().ifPresent(command -> step.put("created_by", command));
    options.author().ifPresent(author -> step.put("author", author));
    if (!options.comment().isEmpty()) {
      step.put("comment", options.comment());
    }
    if (diffId.isEmpty()) {
      step.put("empty_layer", true);
    }
    return BlobJson.write(json);
  }

  private static void change(ObjectNode config, CommitOptions options) {
    if (!options.env().isEmpty()) {
      changeEnv(config, options.env());
    }
    options
        .entrypoint()
        .ifPresent(
            words -> {
              put(config, "Entrypoint", words);
              config.remove("Cmd"); // As Dockerfiles have it.
            });
    options.cmd().ifPresent(words -> put(config, "Cmd", words));
    options.user().ifPresent(user -> config.put("User", user));
    options.workingDir().ifPresent(directory -> config.put("WorkingDir", directory));
    options.stopSignal().ifPresent(signal -> config.put("StopSignal", signal));
    if (!options.labels().isEmpty()) {
      ObjectNode labels = object(config, "Labels");
      options.labels().forEach(labels::put);
    }
    putKeys(config, "ExposedPorts", options.exposedPorts());
    putKeys(config, "Volumes", options.volumes());
  }

  /** A variable that is there keeps its place. */
  private static void changeEnv(ObjectNode config, Map<String, String> changes) {
    ArrayNode before = array(config, "Env");
    ArrayNode after = BlobJson.object().arrayNode();
    for (JsonNode variable : before) {
      String text = variable.asText();
      int equals = text.indexOf('=');
      String name = equals < 0 ? text : text.substring(0, equals);
      after.add(changes.containsKey(name) ? name + "=" + changes.get(name) : text);
    }
    changes.forEach(
        (name, value) -> {
          boolean there = false;
          for (JsonNode variable : before) {
            there |= variable.asText().equals(name) || variable.asText().startsWith(name + "=");
          }
          if (!there) {
            after.add(name + "=" + value);
          }
        });
    config.set("Env", after);
  }

  private static void put(ObjectNode json, String field, Collection<String> words) {
    ArrayNode array = json.putArray(field);
    words.forEach(array::add);
  }

  private static void putKeys(ObjectNode config, String field, Collection<String> keys) {
    if (!keys.isEmpty()) {
      ObjectNode object = object(config, field);
      keys.forEach(object::putObject);
    }
  }

  /**
   * The manifest.
   *
   * @param base that of the image it is made of
   * @param layer the new layer, if there is one
   */
  static RawManifest manifest(RawManifest base, Bytes config, Optional<MadeLayer> layer) {
    boolean docker = base.kind().equals(MediaTypes.DOCKER_MANIFEST);
    ObjectNode json = BlobJson.object();
    json.put("schemaVersion", 2).put("mediaType", base.kind());
    describe(
        json.putObject("config"),
        new Descriptor(
            docker ? MediaTypes.DOCKER_CONFIG : MediaTypes.OCI_CONFIG,
            Digest.sha256(config.toArray()),
            config.size()));
    ArrayNode layers = json.putArray("layers");
    array(BlobJson.read(base.content()), "layers").forEach(layers::add);
    layer.ifPresent(made -> describe(layers.addObject(), made.blob(docker)));
    return RawManifest.of(base.kind(), BlobJson.write(json).toArray());
  }

  private static void describe(ObjectNode json, Descriptor blob) {
    json.put("mediaType", blob.mediaType())
        .put("digest", blob.digest().toString())
        .put("size", blob.sizeBytes());
  }

  /** The object of this name; a new one if there is none, or null in its place. */
  private static ObjectNode object(ObjectNode json, String field) {
    return json.get(field) instanceof ObjectNode there ? there : json.putObject(field);
  }

  private static ArrayNode array(ObjectNode json, String field) {
    return json.get(field) instanceof ArrayNode there ? there : json.putArray(field);
  }
}
