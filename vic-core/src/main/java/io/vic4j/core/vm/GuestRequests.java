package io.vic4j.core.vm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The JSON of the exchanges that {@link io.vic4j.core.link.Packet} lists. Guests are not trusted:
 * an answer that makes no sense is {@link UnavailableException}.
 */
final class GuestRequests {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GuestRequests() {}

  static String exec(ExecSpec spec) {
    ObjectNode node = request("exec").put("session", spec.session());
    ArrayNode argv = node.putArray("argv");
    spec.argv().forEach(argv::add);
    ArrayNode env = node.putArray("env");
    spec.env().forEach((name, value) -> env.add(name + "=" + value));
    spec.workingDirectory().ifPresent(path -> node.put("workingDirectory", path));
    spec.user().ifPresent(user -> node.put("user", user));
    return node.put("tty", spec.tty())
        .put("stdin", spec.stdin())
        .put("rows", spec.rows())
        .put("columns", spec.columns())
        .toString();
  }

  static String attach(String session) {
    return request("attach").put("session", session).toString();
  }

  static String stats() {
    return request("stats").toString();
  }

  static String copyOut(String session, String path, boolean followLink) {
    return request("copy_out")
        .put("session", session)
        .put("path", path)
        .put("followLink", followLink)
        .toString();
  }

  static String copyIn(String session, String path) {
    return request("copy_in").put("session", session).put("path", path).toString();
  }

  static String replaceFiles(UUID fileSystem, String volume) {
    return request("replace_files")
        .put("fileSystem", fileSystem.toString())
        .put("volume", volume)
        .toString();
  }

  static String dial(int port) {
    return request("dial").put("port", port).toString();
  }

  static String signal(Signal signal) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("do", "signal")
        .put("signal", signal.name())
        .toString();
  }

  static String resize(int rows, int columns) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("do", "resize")
        .put("rows", rows)
        .put("columns", columns)
        .toString();
  }

  private static ObjectNode request(String word) {
    return JsonNodeFactory.instance.objectNode().put("request", word);
  }

  /** What a guest says it has not done; empty if it has. */
  static Optional<VicException> refusal(String end) {
    JsonNode node = read(end);
    if (!node.has("error")) {
      return Optional.empty();
    }
    String message = "the guest says: " + message(end);
    return Optional.of(
        switch (node.path("error").asText()) {
          case "not_found" -> new NotFoundException("file or session", message, message, null);
          case "conflict" -> new ConflictException(message);
          case "invalid" -> new InvalidArgumentException(message);
          default -> new UnavailableException(message, null);
        });
  }

  /** What a guest says of an end, for people; else empty. */
  static String message(String end) {
    String message = read(end).path("message").asText("");
    return message.substring(0, Math.min(message.length(), GuestProtocol.MESSAGE_CHARS));
  }

  static ExitStatus exit(String end) {
    JsonNode node = read(end);
    try {
      if (node.path("code").isInt()) {
        return ExitStatus.exited(node.path("code").intValue());
      }
      if (node.path("signal").isTextual()) {
        return ExitStatus.signalled(Signal.parse(node.path("signal").textValue()));
      }
    } catch (InvalidArgumentException e) {
      return ExitStatus.unknown("the guest says: " + e.getMessage());
    }
    return ExitStatus.unknown("the guest says nothing of it");
  }

  static CopiedFiles.Stat stat(String opened) {
    JsonNode node = read(opened);
    Instant modified;
    try {
      modified = Instant.parse(node.path("modified").asText("1970-01-01T00:00:00Z"));
    } catch (DateTimeParseException e) {
      modified = Instant.EPOCH;
    }
    return new CopiedFiles.Stat(
        node.path("name").asText(""),
        node.path("mode").asInt(0),
        Math.max(0, node.path("sizeBytes").asLong(0)),
        modified,
        node.path("linkTarget").asText(""));
  }

  static GuestStats stats(String end) {
    JsonNode stats = read(end).path("stats");
    List<GuestStats.Session> sessions = new ArrayList<>();
    for (JsonNode node : stats.path("sessions")) {
      sessions.add(
          new GuestStats.Session(
              node.path("name").asText(""),
              Duration.ofNanos(count(node, "cpuNanos")),
              count(node, "memoryBytes"),
              count(node, "memoryPeakBytes"),
              count(node, "pids"),
              count(node, "readBytes"),
              count(node, "writtenBytes")));
    }
    List<GuestStats.Network> networks = new ArrayList<>();
    for (JsonNode node : stats.path("networks")) {
      networks.add(
          new GuestStats.Network(
              node.path("name").asText(""),
              count(node, "receivedBytes"),
              count(node, "sentBytes")));
    }
    return new GuestStats(
        sessions,
        networks,
        count(stats, "memoryTotalBytes"),
        count(stats, "memoryAvailableBytes"),
        Duration.ofMillis(count(stats, "uptimeMillis")));
  }

  private static long count(JsonNode node, String name) {
    return Math.max(0, node.path(name).asLong(0));
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UnavailableException("a guest has answered something that is no JSON", e);
    }
  }
}
