package io.vic4j.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that somebody else wrote, read with suspicion: it is bounded in size and depth, no
 * field may occur twice, and each complaint names the document and the field. A field that is null
 * counts as missing, as Go writes empty lists so; fields nobody asks for are passed over, as both
 * specifications demand.
 */
final class JsonFields {
  /** Manifests and configs of more bytes than this are refused; registries do the same. */
  static final int MAX_BYTES = 4 << 20;

  private static final int MAX_DEPTH = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_BYTES)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String what;
  private final String path;
  private final JsonNode node;

  private JsonFields(String what, String path, JsonNode node) {
    this.what = what;
    this.path = path;
    this.node = node;
    if (!node.isObject()) {
      throw invalid(path.isEmpty() ? "it is not a JSON object" : path + " is not a JSON object");
    }
  }

  /**
   * Reads one document.
   *
   * @param what what it is, for messages: {@code "manifest sha256:…"}
   * @throws InvalidArgumentException if it is not a JSON object, or too large
   */
  static JsonFields parse(String what, byte[] content) {
    if (content.length > MAX_BYTES) {
      throw new InvalidArgumentException(
          what + " is too large: " + content.length + " bytes, at most " + MAX_BYTES);
    }
    try {
      return new JsonFields(what, "", MAPPER.readTree(content));
    } catch (JsonProcessingException e) {
      throw new InvalidArgumentException(what + " is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InvalidArgumentException(what + " is not valid JSON: " + e.getMessage(), e);
    }
  }

  InvalidArgumentException invalid(String why) {
    return new InvalidArgumentException(what + " is not valid: " + why);
  }

  private String name(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  private @Nullable JsonNode present(String field) {
    JsonNode value = node.get(field);
    return value == null || value.isNull() ? null : value;
  }

  private JsonNode required(String field) {
    JsonNode value = present(field);
    if (value == null) {
      throw invalid(name(field) + " is missing");
    }
    return value;
  }

  boolean has(String field) {
    return present(field) != null;
  }

  Optional<String> text(String field) {
    JsonNode value = present(field);
    return value == null ? Optional.empty() : Optional.of(asText(name(field), value));
  }

  String requiredText(String field) {
    return asText(name(field), required(field));
  }

  private String asText(String name, JsonNode value) {
    if (!value.isTextual()) {
      throw invalid(name + " is not a string");
    }
    return value.textValue();
  }

  boolean flag(String field) {
    JsonNode value = present(field);
    if (value != null && !value.isBoolean()) {
      throw invalid(name(field) + " is not true or false");
    }
    return value != null && value.booleanValue();
  }

  long requiredLong(String field) {
    JsonNode value = required(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw invalid(name(field) + " is not a whole number");
    }
    return value.longValue();
  }

  Digest requiredDigest(String field) {
    return digest(name(field), requiredText(field));
  }

  private Digest digest(String name, String text) {
    try {
      return Digest.parse(text);
    } catch (InvalidArgumentException e) {
      throw new InvalidArgumentException(
          what + " is not valid: " + name + ": " + e.getMessage(), e);
    }
  }

  Optional<JsonFields> object(String field) {
    JsonNode value = present(field);
    return value == null ? Optional.empty() : Optional.of(new JsonFields(what, name(field), value));
  }

  JsonFields requiredObject(String field) {
    return new JsonFields(what, name(field), required(field));
  }

  /** The objects of a list; none if the field is missing. */
  List<JsonFields> objects(String field) {
    List<JsonFields> objects = new ArrayList<>();
    for (JsonNode element : elements(field)) {
      objects.add(new JsonFields(what, name(field) + "[" + objects.size() + "]", element));
    }
    return objects;
  }

  /** The strings of a list; none if the field is missing. */
  List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : elements(field)) {
      texts.add(asText(name(field) + "[" + texts.size() + "]", element));
    }
    return texts;
  }

  /** The digests of a list; none if the field is missing. */
  List<Digest> digests(String field) {
    List<Digest> digests = new ArrayList<>();
    for (String text : texts(field)) {
      digests.add(digest(name(field) + "[" + digests.size() + "]", text));
    }
    return digests;
  }

  private Iterable<JsonNode> elements(String field) {
    JsonNode value = present(field);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw invalid(name(field) + " is not a list");
    }
    return value;
  }

  /** The names of an object's fields, sorted; none if the field is missing. */
  Set<String> keys(String field) {
    Set<String> keys = new TreeSet<>();
    object(field).ifPresent(object -> object.node.fieldNames().forEachRemaining(keys::add));
    return keys;
  }

  /** An object whose values are strings, in its order; empty if the field is missing. */
  Map<String, String> textMap(String field) {
    Map<String, String> map = new LinkedHashMap<>();
    JsonFields object = object(field).orElse(null);
    if (object != null) {
      for (Map.Entry<String, JsonNode> entry : object.node.properties()) {
        map.put(entry.getKey(), object.asText(object.name(entry.getKey()), entry.getValue()));
      }
    }
    return map;
  }
}
