package io.vic4j.image;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Configs and manifests as trees, for who makes new ones of those that the store has parsed. */
final class BlobJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  private BlobJson() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static ObjectNode read(Bytes content) {
    try {
      return (ObjectNode) MAPPER.readTree(content.toArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // The store has parsed it before.
    }
  }

  static Bytes write(ObjectNode json) {
    try {
      return new Bytes(MAPPER.writeValueAsBytes(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
