package io.vic4j.testkit.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.mockwebserver.http.MockResponse;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What an API server makes of objects: pure functions. */
final class ApiObjects {
  private ApiObjects() {}

  static String version(ObjectNode object) {
    return object.path("metadata").path("resourceVersion").asText();
  }

  /** A JSON merge patch (RFC 7386). */
  static ObjectNode merged(ObjectNode target, JsonNode patch) {
    ObjectNode result = target.deepCopy();
    patch
        .properties()
        .forEach(
            field -> {
              JsonNode value = field.getValue();
              if (value.isNull()) {
                result.remove(field.getKey());
              } else if (value.isObject() && result.path(field.getKey()).isObject()) {
                result.set(field.getKey(), merged((ObjectNode) result.get(field.getKey()), value));
              } else {
                result.set(field.getKey(), value);
              }
            });
    return result;
  }

  /** What {@code pkg/registry/core/pod}, {@code CheckGracefulDelete}, makes of it. */
  static long grace(ObjectNode pod, ObjectNode options) {
    String phase = pod.path("status").path("phase").asText();
    if (pod.path("spec").path("nodeName").asText().isEmpty()
        || phase.equals("Succeeded")
        || phase.equals("Failed")) {
      return 0;
    }
    return options.has("gracePeriodSeconds")
        ? options.get("gracePeriodSeconds").asLong()
        : pod.path("spec").path("terminationGracePeriodSeconds").asLong(30);
  }

  /** Whether a field selector selects it. */
  static boolean selected(@Nullable String selector, ObjectNode object) {
    return selector == null
        || selector.isEmpty()
        || Stream.of(selector.split(",")).allMatch(it -> selectedBy(it, object));
  }

  private static boolean selectedBy(String term, ObjectNode object) {
    boolean not = term.contains("!=");
    String[] parts = term.split("!=|==?", 2);
    return not != parts[1].equals(object.at("/" + parts[0].replace('.', '/')).asText());
  }

  /** An answer with this object. */
  static MockResponse ok(int code, ObjectNode body) {
    return new MockResponse()
        .setResponseCode(code)
        .setHeader("Content-Type", "application/json")
        .setBody(body.toString());
  }
}
