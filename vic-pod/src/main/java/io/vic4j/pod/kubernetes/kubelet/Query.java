package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where a request goes: the parts of its path, decoded, and its parameters.
 *
 * @param path what stands between the slashes
 * @param parameters each name with its values, in order
 */
record Query(List<String> path, Map<String, List<String>> parameters) {
  private static final int MAX_PARAMETERS = 1024;

  Query {
    path = List.copyOf(path);
    parameters = Map.copyOf(parameters);
  }

  /**
   * Reads the target of a request.
   *
   * @throws HttpFailure if it cannot be decoded
   */
  static Query parse(String uri) {
    try {
      QueryStringDecoder decoder =
          new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, MAX_PARAMETERS);
      List<String> path =
          List.of(decoder.rawPath().split("/", -1)).stream()
              .skip(1)
              .map(QueryStringDecoder::decodeComponent)
              .toList();
      // A path may end with a slash.
      int count = path.isEmpty() || !path.get(path.size() - 1).isEmpty() ? path.size() : -1;
      return new Query(count < 0 ? path.subList(0, path.size() - 1) : path, decoder.parameters());
    } catch (IllegalArgumentException e) {
      throw HttpFailure.badRequest("the request's target cannot be decoded");
    }
  }

  /** The part of the path at this place; empty text if there is none. */
  String part(int index) {
    return index < path.size() ? path.get(index) : "";
  }

  Optional<String> text(String name) {
    return Optional.ofNullable(parameters.get(name)).map(values -> values.get(0));
  }

  List<String> all(String name) {
    return parameters.getOrDefault(name, List.of());
  }

  /** Whether a parameter says yes, in one of the ways that the API server and others write it. */
  boolean flag(String name) {
    return switch (text(name).orElse("")) {
      case "", "0", "false", "f", "F", "FALSE", "False" -> false;
      case "1", "true", "t", "T", "TRUE", "True" -> true;
      default -> throw HttpFailure.badRequest("parameter " + name + " is true or false");
    };
  }

  /** A whole number of at least this. */
  OptionalLong number(String name, long least) {
    Optional<String> text = text(name);
    if (text.isEmpty() || text.get().isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long number = Long.parseLong(text.get());
      if (number >= least) {
        return OptionalLong.of(number);
      }
    } catch (NumberFormatException e) {
      // As one that is too small.
    }
    throw HttpFailure.badRequest(
        "parameter " + name + " is a whole number of " + least + " or more, not " + text.get());
  }

  /** A time as RFC 3339 has it. */
  Optional<Instant> time(String name) {
    Optional<String> text = text(name).filter(it -> !it.isEmpty());
    try {
      return text.map(it -> OffsetDateTime.parse(it).toInstant());
    } catch (DateTimeException e) {
      throw HttpFailure.badRequest(
          "parameter " + name + " is a time as in RFC 3339, not " + text.get());
    }
  }
}
