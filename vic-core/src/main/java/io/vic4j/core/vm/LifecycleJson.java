package io.vic4j.core.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import io.vic4j.core.vm.GuestAction.Exec;
import io.vic4j.core.vm.GuestAction.Grpc;
import io.vic4j.core.vm.GuestAction.HttpGet;
import io.vic4j.core.vm.GuestAction.HttpHeader;
import io.vic4j.core.vm.GuestAction.Sleep;
import io.vic4j.core.vm.GuestAction.TcpConnect;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * How sessions live and what they may use, in the documents of {@link GuestProtocol}: fields that
 * are written only where they are set.
 */
final class LifecycleJson {
  private LifecycleJson() {}

  /** Adds the fields of a session that has these. */
  static void put(ObjectNode node, SessionLifecycle lifecycle, SessionResources resources) {
    if (lifecycle.role() != SessionRole.MAIN) {
      node.put("role", GuestJson.word(lifecycle.role()));
    }
    lifecycle.startup().ifPresent(probe -> put(node.putObject("startup"), probe));
    lifecycle.readiness().ifPresent(probe -> put(node.putObject("readiness"), probe));
    lifecycle.liveness().ifPresent(probe -> put(node.putObject("liveness"), probe));
    lifecycle.postStart().ifPresent(hook -> put(node.putObject("postStart"), hook));
    lifecycle.preStop().ifPresent(hook -> put(node.putObject("preStop"), hook));
    if (!lifecycle.grace().equals(SessionLifecycle.DEFAULT.grace())) {
      node.put("graceMillis", lifecycle.grace().toMillis());
    }
    put(node, "cpuRequestMillis", resources.cpuRequestMillis());
    put(node, "cpuLimitMillis", resources.cpuLimitMillis());
    put(node, "memoryRequestBytes", resources.memoryRequestBytes());
    put(node, "memoryLimitBytes", resources.memoryLimitBytes());
  }

  private static void put(ObjectNode node, String name, OptionalLong number) {
    number.ifPresent(value -> node.put(name, value));
  }

  private static void put(ObjectNode node, Probe probe) {
    put(node, probe.action());
    node.put("initialDelayMillis", probe.initialDelay().toMillis())
        .put("periodMillis", probe.period().toMillis())
        .put("timeoutMillis", probe.timeout().toMillis())
        .put("successThreshold", probe.successThreshold())
        .put("failureThreshold", probe.failureThreshold());
    probe.grace().ifPresent(grace -> node.put("graceMillis", grace.toMillis()));
  }

  private static void put(ObjectNode node, GuestAction action) {
    if (action instanceof Exec exec) {
      GuestJson.putTexts(node, "argv", exec.argv());
    } else if (action instanceof HttpGet get) {
      ObjectNode http = node.putObject("httpGet");
      get.host().ifPresent(host -> http.put("host", host));
      http.put("port", get.port()).put("path", get.path()).put("tls", get.tls());
      ArrayNode headers = http.putArray("headers");
      for (HttpHeader header : get.headers()) {
        headers.addObject().put("name", header.name()).put("value", header.value());
      }
    } else if (action instanceof TcpConnect connect) {
      ObjectNode tcp = node.putObject("tcp").put("port", connect.port());
      connect.host().ifPresent(host -> tcp.put("host", host));
    } else if (action instanceof Grpc grpc) {
      node.putObject("grpc").put("port", grpc.port()).put("service", grpc.service());
    } else if (action instanceof Sleep sleep) {
      node.put("sleepMillis", sleep.duration().toMillis());
    }
  }

  /** The lifecycle of a session that has these fields. */
  static SessionLifecycle lifecycle(JsonNode node) {
    return new SessionLifecycle(
        node.has("role") ? GuestJson.word(SessionRole.class, node, "role") : SessionRole.MAIN,
        probe(node, "startup"),
        probe(node, "readiness"),
        probe(node, "liveness"),
        hook(node, "postStart"),
        hook(node, "preStop"),
        node.has("graceMillis") ? millis(node, "graceMillis") : SessionLifecycle.DEFAULT.grace());
  }

  /** The resources of a session that has these fields. */
  static SessionResources resources(JsonNode node) {
    return new SessionResources(
        number(node, "cpuRequestMillis"),
        number(node, "cpuLimitMillis"),
        number(node, "memoryRequestBytes"),
        number(node, "memoryLimitBytes"));
  }

  private static OptionalLong number(JsonNode node, String name) {
    return node.has(name) ? OptionalLong.of(GuestJson.number(node, name)) : OptionalLong.empty();
  }

  private static Optional<Probe> probe(JsonNode session, String name) {
    if (!session.has(name)) {
      return Optional.empty();
    }
    JsonNode node = session.get(name);
    return Optional.of(
        new Probe(
            action(node),
            millis(node, "initialDelayMillis"),
            millis(node, "periodMillis"),
            millis(node, "timeoutMillis"),
            Math.toIntExact(GuestJson.number(node, "successThreshold")),
            Math.toIntExact(GuestJson.number(node, "failureThreshold")),
            node.has("graceMillis") ? Optional.of(millis(node, "graceMillis")) : Optional.empty()));
  }

  private static Optional<GuestAction> hook(JsonNode session, String name) {
    return session.has(name) ? Optional.of(action(session.get(name))) : Optional.empty();
  }

  private static GuestAction action(JsonNode node) {
    if (node.has("argv")) {
      return new Exec(GuestJson.texts(node, "argv"));
    }
    if (node.has("httpGet")) {
      JsonNode http = node.get("httpGet");
      return new HttpGet(
          host(http),
          Math.toIntExact(GuestJson.number(http, "port")),
          GuestJson.text(http, "path"),
          GuestJson.list(
              http,
              "headers",
              it -> new HttpHeader(GuestJson.text(it, "name"), GuestJson.text(it, "value"))),
          GuestJson.flag(http, "tls"));
    }
    if (node.has("tcp")) {
      JsonNode tcp = node.get("tcp");
      return new TcpConnect(host(tcp), Math.toIntExact(GuestJson.number(tcp, "port")));
    }
    if (node.has("grpc")) {
      JsonNode grpc = node.get("grpc");
      return new Grpc(
          Math.toIntExact(GuestJson.number(grpc, "port")), GuestJson.text(grpc, "service"));
    }
    if (node.has("sleepMillis")) {
      return new Sleep(millis(node, "sleepMillis"));
    }
    throw new CorruptException("a probe or a hook does nothing", null);
  }

  private static Optional<String> host(JsonNode node) {
    return node.has("host") ? Optional.of(GuestJson.text(node, "host")) : Optional.empty();
  }

  private static Duration millis(JsonNode node, String name) {
    return Duration.ofMillis(GuestJson.number(node, name));
  }

  static void putMount(ObjectNode node, VolumeMount mount) {
    if (!mount.subPath().isEmpty()) {
      node.put("subPath", mount.subPath());
    }
    if (!mount.seeded()) {
      node.put("seeded", false);
    }
    put(node, "group", mount.group());
  }

  static VolumeMount mount(UUID fileSystem, JsonNode node) {
    return new VolumeMount(
        fileSystem,
        GuestJson.text(node, "path"),
        GuestJson.flag(node, "readOnly"),
        node.has("subPath") ? GuestJson.text(node, "subPath") : "",
        !node.has("seeded") || GuestJson.flag(node, "seeded"),
        number(node, "group"));
  }

  static void putMemoryVolume(ObjectNode node, MemoryVolume volume) {
    node.put("fileSystem", volume.fileSystem().toString());
    put(node, "sizeBytes", volume.sizeBytes());
  }

  static MemoryVolume memoryVolume(JsonNode node) {
    return new MemoryVolume(
        GuestJson.uuid(GuestJson.field(node, "fileSystem")), number(node, "sizeBytes"));
  }
}
