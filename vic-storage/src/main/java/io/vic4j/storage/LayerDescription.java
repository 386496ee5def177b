package io.vic4j.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.datastore.DatastorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * What {@code layer.json} says of a layer disk; the other values as {@link LayerDisk} has them.
 *
 * @param version of this description: {@value #VERSION}
 * @param impliedDirectories how many directories {@link #IMPLIED} names; there is no such file if
 *     there are none
 * @param rootImplied whether no layer has an entry for the root
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
    boolean rootImplied) {
  static final int VERSION = 1;
  static final String DISK = "layer.vmdk";
  static final String EXTENT = "layer-flat.vmdk";
  static final String DESCRIPTION = "layer.json";
  static final String IMPLIED = "implied.txt";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  LayerDescription {
    boolean valid =
        version == VERSION
            && diffId != null
            && layers != null
            && !layers.isEmpty()
            && fileSystemUuid != null
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
    try {
      return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + this, e);
    }
  }

  /**
   * Reads a description back.
   *
   * @throws IOException if it is none
   */
  static LayerDescription fromJson(byte[] json) throws IOException {
    LayerDescription description = JSON.readValue(json, LayerDescription.class);
    if (description == null) {
      throw new IOException("it says nothing");
    }
    return description;
  }

  StoredLayerDisk at(DatastorePath folder) {
    return new StoredLayerDisk(this, folder);
  }
}
