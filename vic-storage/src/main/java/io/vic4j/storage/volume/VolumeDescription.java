package io.vic4j.storage.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.datastore.DatastorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** What {@code volume.json} says of a volume. */
final class VolumeDescription {
  static final String FILE = "volume.json";
  static final String DISK = "volume";

  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private VolumeDescription() {}

  static byte[] write(Volume volume) {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("name", volume.name());
    json.put("fileSystemUuid", volume.fileSystemUuid().toString());
    json.put("capacityBytes", volume.capacityBytes());
    json.put("created", volume.created().toString());
    json.put("anonymous", volume.anonymous());
    ObjectNode labels = json.putObject("labels");
    volume.labels().forEach(labels::put);
    return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a description back.
   *
   * @param folder where the volume is
   * @throws IOException if it is none
   */
  static Volume read(byte[] bytes, DatastorePath folder) throws IOException {
    JsonNode json = JSON.readTree(bytes);
    try {
      int version = json.required("version").asInt();
      if (version != VERSION) {
        throw new IOException("it is of version " + version + ", not " + VERSION);
      }
      long capacityBytes = json.required("capacityBytes").asLong();
      if (capacityBytes <= 0) {
        throw new IOException("its capacity is " + capacityBytes + " bytes");
      }
      SortedMap<String, String> labels = new TreeMap<>();
      for (Map.Entry<String, JsonNode> label : json.required("labels").properties()) {
        labels.put(label.getKey(), label.getValue().asText());
      }
      return new Volume(
          json.required("name").asText(),
          folder.resolve(DISK + ".vmdk"),
          UUID.fromString(json.required("fileSystemUuid").asText()),
          capacityBytes,
          Instant.parse(json.required("created").asText()),
          labels,
          json.required("anonymous").asBoolean());
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException("a field is missing or not what it should be: " + e.getMessage(), e);
    }
  }
}
