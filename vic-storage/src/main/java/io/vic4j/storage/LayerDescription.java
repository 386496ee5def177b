package io.vic4j.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.datastore.DatastorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What {@code layer.json} says of a layer disk; the other values as {@link LayerDisk} has them.
 *
 * @param version of this description: {@value #VERSION}
 * @param impliedDirectories how many directories {@link #IMPLIED} names; there is no such file if
 *     there are none
 * @param rootImplied whether no layer has an entry for the root
 * @param checksum of the disk's content, as {@link DiskChecksum} computes it; none where the
 *     datastore keeps virtual disks
 */
record LayerDescription(
    int version,
    Digest diffId,
    List<Digest> layers,
    UUID fileSystemUuid,
    long capacityBytes,
    long tarBytes,
    long entries,
    long impliedDirectories,
    boolean rootImplied,
    Optional<Digest> checksum) {
  static final int VERSION = 1;
  static final String DISK = "layer.vmdk";
  static final String EXTENT = "layer-flat.vmdk";
  static final String DESCRIPTION = "layer.json";
  static final String IMPLIED = "implied.txt";

  private static final ObjectMapper JSON = new ObjectMapper();

  LayerDescription {
    boolean valid =
        version == VERSION
            && !layers.isEmpty()
            && capacityBytes > 0
            && tarBytes >= 0
            && entries >= 0
            && impliedDirectories >= 0;
    if (!valid) {
      throw new InvalidArgumentException("incomplete, or of another version than " + VERSION);
    }
    layers = List.copyOf(layers);
  }

  byte[] toJson() {
    // By hand: to let Jackson look at a record takes longer than to find a hundred layers.
    ObjectNode json = JSON.createObjectNode();
    json.put("version", version);
    json.put("diffId", diffId.toString());
    ArrayNode ids = json.putArray("layers");
    layers.forEach(layer -> ids.add(layer.toString()));
    json.put("fileSystemUuid", fileSystemUuid.toString());
    json.put("capacityBytes", capacityBytes);
    json.put("tarBytes", tarBytes);
    json.put("entries", entries);
    json.put("impliedDirectories", impliedDirectories);
    json.put("rootImplied", rootImplied);
    checksum.ifPresent(digest -> json.put("checksum", digest.toString()));
    return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a description back.
   *
   * @throws IOException if it is none
   */
  static LayerDescription fromJson(byte[] bytes) throws IOException {
    JsonNode json = JSON.readTree(bytes);
    try {
      List<Digest> layers = new ArrayList<>();
      for (JsonNode layer : json.required("layers")) {
        layers.add(Digest.parse(layer.asText()));
      }
      return new LayerDescription(
          (int) number(json, "version"),
          Digest.parse(json.required("diffId").asText()),
          layers,
          UUID.fromString(json.required("fileSystemUuid").asText()),
          number(json, "capacityBytes"),
          number(json, "tarBytes"),
          number(json, "entries"),
          number(json, "impliedDirectories"),
          json.required("rootImplied").asBoolean(),
          Optional.ofNullable(json.get("checksum")).map(JsonNode::asText).map(Digest::parse));
    } catch (IllegalArgumentException e) {
      throw new IOException("a field is missing or not what it should be: " + e.getMessage(), e);
    }
  }

  private static long number(JsonNode json, String field) throws IOException {
    JsonNode value = json.required(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IOException("'" + field + "' is no whole number");
    }
    return value.longValue();
  }

  StoredLayerDisk at(DatastorePath folder) {
    return new StoredLayerDisk(this, folder);
  }
}
