package io.vic4j.core.vm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How JSON and numbers are kept in the variables of a VM, as {@link GuestProtocol} has it. What is
 * there was perhaps written by others: whatever is wrong with it is a {@link CorruptException}.
 */
final class GuestDocuments {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private GuestDocuments() {}

  /** An object without fields. */
  static ObjectNode newObject() {
    return JSON.createObjectNode();
  }

  /** A document as text, all of it ASCII. */
  static String write(JsonNode document) {
    try {
      return JSON.writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can be written", e);
    }
  }

  /**
   * Reads a text that is a document.
   *
   * @param what what it is called in an error
   */
  static <T> T read(String what, String text, Function<JsonNode, T> reader) {
    return reading(what, () -> reader.apply(parse(text)));
  }

  /**
   * Puts a document into variables, in pieces.
   *
   * @param field what is too large if the document is
   * @throws InvalidSpecException if it is too large to be kept with a VM
   */
  static void put(Map<String, String> variables, String key, JsonNode document, String field) {
    String text = write(document);
    if (text.length() > GuestProtocol.DOCUMENT_LIMIT_CHARS) {
      throw new InvalidSpecException(
          field,
          text.length()
              + " characters in all; a VM keeps at most "
              + GuestProtocol.DOCUMENT_LIMIT_CHARS);
    }
    int count = 0;
    for (int from = 0; from < text.length(); from += GuestProtocol.CHUNK_CHARS) {
      int to = Math.min(text.length(), from + GuestProtocol.CHUNK_CHARS);
      variables.put(key + "." + count++, text.substring(from, to));
    }
    variables.put(key, Integer.toString(count));
  }

  /**
   * Puts a document in the place of the one that is there.
   *
   * @param variables what is there
   * @param changes gets the change of variables
   * @param field as for {@link #put}
   */
  static void replace(
      Map<String, String> variables,
      Map<String, String> changes,
      String key,
      JsonNode document,
      String field) {
    variables.keySet().stream()
        .filter(name -> name.startsWith(key + "."))
        .forEach(name -> changes.put(name, ""));
    put(changes, key, document, field);
  }

  /**
   * Reads a document that is there in pieces.
   *
   * @param what what it is called in an error
   */
  static <T> T get(
      String what, Map<String, String> variables, String key, Function<JsonNode, T> reader) {
    return reading(
        what,
        () -> {
          int count = Integer.parseInt(required(variables, key));
          StringBuilder text = new StringBuilder();
          for (int i = 0; i < count; i++) {
            text.append(required(variables, key + "." + i));
          }
          return reader.apply(parse(text.toString()));
        });
  }

  /**
   * A number that is there.
   *
   * @param what what it is called in an error
   */
  static long number(String what, Map<String, String> variables, String key) {
    return reading(what, () -> Long.parseLong(required(variables, key)));
  }

  /** As {@link #number}; 0 where it is missing. */
  static long count(String what, Map<String, String> variables, String key) {
    return variables.containsKey(key) ? number(what, variables, key) : 0;
  }

  /** The value of a variable. */
  static String required(Map<String, String> variables, String key) {
    String value = variables.get(key);
    if (value == null) {
      throw new CorruptException("variable " + key + " of the VM is missing", null);
    }
    return value;
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new CorruptException("a document of the VM is not JSON", e);
    }
  }

  private static <T> T reading(String what, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (CorruptException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CorruptException("the VM's " + what + " cannot be read: " + e.getMessage(), e);
    }
  }
}
