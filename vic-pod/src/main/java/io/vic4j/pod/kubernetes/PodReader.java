package io.vic4j.pod.kubernetes;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads pods, strictly: no field is dropped, and no value taken for another. */
final class PodReader {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              texts -> {
                texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                texts.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                texts.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .build();

  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private PodReader() {}

  static Pod read(String yamlOrJson) {
    JsonNode document = document(yamlOrJson);
    Problems problems = new Problems();
    expect(document, "apiVersion", "v1", problems);
    expect(document, "kind", "Pod", problems);
    problems.throwIfAny("of this document");
    Pod pod = map(document, problems);
    ModelWalk.walk(pod, "", new Unknown(problems));
    problems.throwIfAny(document.at("/metadata/name").asText("without a name"));
    return pod;
  }

  private static JsonNode document(String text) {
    Problems problems = new Problems();
    ObjectMapper mapper = text.stripLeading().startsWith("{") ? JSON : YAML;
    List<JsonNode> documents = new ArrayList<>();
    try (JsonParser parser = mapper.createParser(text)) {
      while (parser.nextToken() != null) {
        @Nullable JsonNode document = parser.readValueAsTree();
        if (document != null && !document.isNull()) {
          documents.add(document);
        }
      }
    } catch (JsonProcessingException e) {
      @Nullable JsonLocation at = e.getLocation();
      problems.invalid(
          "",
          "not YAML or JSON: "
              + e.getOriginalMessage()
              + (at == null ? "" : " at line " + at.getLineNr()));
    } catch (IOException e) {
      throw new IllegalStateException("a text cannot fail to be read", e);
    }
    if (problems.isEmpty() && (documents.size() != 1 || !documents.get(0).isObject())) {
      problems.invalid("", "want one document with one Pod, not " + documents.size());
    }
    problems.throwIfAny("of this text");
    return documents.get(0);
  }

  private static void expect(JsonNode document, String field, String want, Problems problems) {
    String found = document.path(field).asText("");
    if (!found.equals(want)) {
      problems.invalid(field, "want " + want + ", not '" + found + "'");
    }
  }

  private static Pod map(JsonNode document, Problems problems) {
    try {
      return JSON.treeToValue(document, Pod.class);
    } catch (JsonMappingException e) {
      problems.invalid(path(e), firstLine(e.getOriginalMessage()));
    } catch (JsonProcessingException e) {
      problems.invalid("", firstLine(e.getOriginalMessage()));
    }
    problems.throwIfAny(document.at("/metadata/name").asText("without a name"));
    throw new IllegalStateException("a problem was told");
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  /** Tells all fields that the model does not know. */
  private record Unknown(Problems problems) implements ModelWalk.Visitor {
    @Override
    public boolean field(Class<?> owner, String name, String path, Object value) {
      return true;
    }

    @Override
    public boolean within(Class<?> type) {
      return true;
    }

    @Override
    public void unknown(String path) {
      problems.invalid(path, "unknown field");
    }
  }
}
