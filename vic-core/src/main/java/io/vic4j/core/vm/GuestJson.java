package io.vic4j.core.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.core.vm.NetworkAttachment.Dhcp;
import io.vic4j.core.vm.NetworkAttachment.Fixed;
import io.vic4j.core.vm.NetworkAttachment.PortForward;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** The documents of {@link GuestProtocol}, as trees. Reading throws if a field is missing. */
final class GuestJson {
  /** Builds a specification before its name is put in, which may be none of ours. */
  private static final String ANY_NAME = "vm";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private GuestJson() {}

  static ObjectNode config(String id, long revision, ContainerVmSpec spec) {
    ObjectNode node = NODES.objectNode().put("id", id);
    if (revision > 0) {
      node.put("revision", revision);
    }
    spec.hostname().ifPresent(hostname -> node.put("hostname", hostname));
    spec.domain().ifPresent(domain -> node.put("domain", domain));
    node.put("powerOffWhenDone", spec.powerOffWhenDone());
    ArrayNode disks = node.putArray("disks");
    for (DiskAttachment disk : spec.disks()) {
      disks
          .addObject()
          .put("fileSystem", disk.fileSystem().toString())
          .put("role", word(disk.role()));
    }
    ArrayNode networks = node.putArray("networks");
    spec.networks().forEach(network -> networks.add(network(network)));
    ArrayNode sessions = node.putArray("sessions");
    spec.sessions().forEach(session -> sessions.add(session(session)));
    ProcessJson.putMachine(node, spec);
    return node;
  }

  static GuestConfig config(long run, JsonNode node) {
    String id = text(node, "id");
    Map<UUID, Role> disks = new LinkedHashMap<>();
    for (JsonNode disk : field(node, "disks")) {
      disks.put(uuid(field(disk, "fileSystem")), word(Role.class, disk, "role"));
    }
    return new GuestConfig(
        id,
        run,
        numberOrNone(node, "revision"),
        node.has("hostname") ? text(node, "hostname") : nameless(id),
        node.has("domain") ? Optional.of(text(node, "domain")) : Optional.empty(),
        flag(node, "powerOffWhenDone"),
        disks,
        list(node, "networks", GuestJson::network),
        list(node, "sessions", GuestJson::session),
        ProcessJson.hosts(node),
        ProcessJson.searches(node),
        ProcessJson.nameservers(node),
        ProcessJson.resolverOptions(node),
        ProcessJson.memoryVolumes(node),
        ProcessJson.deadline(node));
  }

  /** What a guest without a hostname calls itself. */
  private static String nameless(String id) {
    return id.substring(0, Math.min(12, id.length()));
  }

  static ObjectNode spec(ContainerVmSpec spec) {
    ObjectNode node = NODES.objectNode();
    ObjectNode labels = node.putObject("labels");
    spec.labels().forEach(labels::put);
    node.put("cpus", spec.cpus()).put("memoryBytes", spec.memory().bytes());
    spec.bootstrapIso().ifPresent(iso -> node.put("bootstrapIso", iso.toString()));
    ArrayNode vmdks = node.putArray("vmdks");
    spec.disks().forEach(disk -> vmdks.add(disk.vmdk().toString()));
    return node;
  }

  static ContainerVmSpec spec(String name, JsonNode node, GuestConfig config) {
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder(ANY_NAME)
            .cpus(Math.toIntExact(number(node, "cpus")))
            .memory(MemorySize.ofBytes(number(node, "memoryBytes")))
            .powerOffWhenDone(config.powerOffWhenDone());
    for (Map.Entry<String, JsonNode> label : field(node, "labels").properties()) {
      spec.label(label.getKey(), label.getValue().textValue());
    }
    if (node.has("bootstrapIso")) {
      spec.bootstrapIso(DatastorePath.parse(text(node, "bootstrapIso")));
    }
    if (!config.hostname().equals(nameless(config.id()))) {
      spec.hostname(config.hostname());
    }
    List<String> vmdks = texts(node, "vmdks");
    int index = 0;
    for (Map.Entry<UUID, Role> disk : config.disks().entrySet()) {
      DatastorePath vmdk = DatastorePath.parse(vmdks.get(index++));
      spec.disk(new DiskAttachment(vmdk, disk.getKey(), disk.getValue()));
    }
    config.domain().ifPresent(spec::domain);
    config.networks().forEach(spec::network);
    config.sessions().forEach(spec::session);
    config.hosts().forEach(spec::host);
    config.searches().forEach(spec::search);
    config.nameservers().forEach(spec::nameserver);
    config.resolverOptions().forEach(spec::resolverOption);
    config.memoryVolumes().forEach(spec::memoryVolume);
    config.deadline().ifPresent(spec::deadline);
    return spec.buildShownAs(name);
  }

  private static ObjectNode session(SessionSpec session) {
    ObjectNode node = NODES.objectNode().put("name", session.name());
    putTexts(node, "layers", session.layers().stream().map(UUID::toString).toList());
    session.scratch().ifPresent(scratch -> node.put("scratch", scratch.toString()));
    node.put("readOnlyRoot", session.readOnlyRoot());
    ArrayNode mounts = node.putArray("mounts");
    for (VolumeMount mount : session.mounts()) {
      ObjectNode one =
          mounts
              .addObject()
              .put("fileSystem", mount.fileSystem().toString())
              .put("path", mount.path())
              .put("readOnly", mount.readOnly());
      LifecycleJson.putMount(one, mount);
    }
    putTexts(node, "argv", session.argv());
    putTexts(
        node,
        "env",
        session.env().entrySet().stream()
            .map(variable -> variable.getKey() + "=" + variable.getValue())
            .toList());
    node.put("workingDirectory", session.workingDirectory())
        .put("user", session.user())
        .put("tty", session.tty())
        .put("stdin", session.stdin())
        .put("stopSignal", session.stopSignal().name())
        .put("restartPolicy", word(session.restartPolicy()));
    if (AddressMarks.isIn(session)) {
      node.put("takesAddresses", true);
    }
    ProcessJson.put(node, session);
    return node;
  }

  private static SessionSpec session(JsonNode node) {
    SessionSpec.Builder session =
        SessionSpec.builder(text(node, "name"))
            .layers(list(node, "layers", GuestJson::uuid))
            .readOnlyRoot(flag(node, "readOnlyRoot"))
            .argv(texts(node, "argv"))
            .workingDirectory(text(node, "workingDirectory"))
            .user(text(node, "user"))
            .tty(flag(node, "tty"))
            .stdin(flag(node, "stdin"))
            .stopSignal(Signal.parse(text(node, "stopSignal")))
            .restartPolicy(word(RestartPolicy.class, node, "restartPolicy"));
    if (node.has("scratch")) {
      session.scratch(uuid(field(node, "scratch")));
    }
    for (JsonNode mount : field(node, "mounts")) {
      session.mount(LifecycleJson.mount(uuid(field(mount, "fileSystem")), mount));
    }
    for (String variable : texts(node, "env")) {
      int equals = variable.indexOf('=');
      session.env(variable.substring(0, equals), variable.substring(equals + 1));
    }
    ProcessJson.read(node, session);
    return session.build();
  }

  private static ObjectNode network(NetworkAttachment network) {
    ObjectNode node = NODES.objectNode().put("network", network.network());
    if (network.addressing() instanceof Fixed fixed) {
      putTexts(node, "addresses", fixed.addresses());
      putTexts(node, "gateways", fixed.gateways());
      putTexts(node, "nameservers", fixed.nameservers());
    }
    if (!network.forwards().isEmpty()) {
      putTexts(
          node,
          "forwards",
          network.forwards().stream().map(it -> it.hostPort() + ":" + it.guestPort()).toList());
    }
    return node;
  }

  private static NetworkAttachment network(JsonNode node) {
    return new NetworkAttachment(
        text(node, "network"),
        node.has("addresses")
            ? new Fixed(
                texts(node, "addresses"), texts(node, "gateways"), texts(node, "nameservers"))
            : new Dhcp(),
        node.has("forwards") ? list(node, "forwards", GuestJson::forward) : List.of());
  }

  private static PortForward forward(JsonNode node) {
    String[] ports = textOf(node).split(":", 2);
    return new PortForward(Integer.parseInt(ports[0]), Integer.parseInt(ports[1]));
  }

  static ObjectNode report(GuestReport report) {
    ObjectNode node =
        NODES.objectNode().put("run", report.run()).put("phase", word(report.phase()));
    putTexts(node, "addresses", report.addresses());
    ArrayNode sessions = node.putArray("sessions");
    for (SessionStatus status : report.sessions()) {
      ObjectNode session = sessions.addObject().put("name", status.name());
      status.started().ifPresent(time -> session.put("started", time.toString()));
      status.ended().ifPresent(time -> session.put("ended", time.toString()));
      status.exit().ifPresent(exit -> putExit(session, exit));
      session.put("restarts", status.restarts()).put("message", shortened(status.message()));
      status.health().ifPresent(health -> session.put("health", word(health)));
      if (status.outOfMemory()) {
        session.put("outOfMemory", true);
      }
      session.put("up", status.up()).put("ready", status.ready());
      if (!status.trouble().isEmpty()) {
        session.put("trouble", shortened(status.trouble()));
      }
      status.restartDelay().ifPresent(delay -> session.put("restartDelayMillis", delay.toMillis()));
      status.previous().ifPresent(run -> put(session.putObject("previous"), run));
    }
    if (report.deadlineExceeded()) {
      node.put("deadlineExceeded", true);
    }
    if (report.revision() > 0) {
      node.put("revision", report.revision());
    }
    return node;
  }

  private static void put(ObjectNode node, SessionRun run) {
    run.started().ifPresent(time -> node.put("started", time.toString()));
    run.ended().ifPresent(time -> node.put("ended", time.toString()));
    putExit(node, run.exit());
    node.put("message", shortened(run.message()));
    if (run.outOfMemory()) {
      node.put("outOfMemory", true);
    }
  }

  private static String shortened(String text) {
    return text.substring(0, Math.min(text.length(), GuestProtocol.MESSAGE_CHARS));
  }

  private static void putExit(ObjectNode node, ExitStatus exit) {
    if (exit instanceof ExitStatus.Exited exited) {
      node.put("code", exited.code());
    } else if (exit instanceof ExitStatus.Signalled signalled) {
      node.put("signal", signalled.signal().name());
    } else {
      node.put("unknown", exit.toString());
    }
  }

  static GuestReport report(JsonNode node) {
    return new GuestReport(
        number(node, "run"),
        word(GuestReport.Phase.class, node, "phase"),
        list(node, "sessions", GuestJson::sessionStatus),
        texts(node, "addresses"),
        isSet(node, "deadlineExceeded"),
        numberOrNone(node, "revision"));
  }

  private static SessionStatus sessionStatus(JsonNode node) {
    return new SessionStatus(
        text(node, "name"),
        time(node, "started"),
        time(node, "ended"),
        exit(node),
        Math.toIntExact(number(node, "restarts")),
        text(node, "message"),
        node.has("health") ? Optional.of(word(Health.class, node, "health")) : Optional.empty(),
        isSet(node, "outOfMemory"),
        isSet(node, "up"),
        isSet(node, "ready"),
        node.has("trouble") ? text(node, "trouble") : "",
        node.has("restartDelayMillis")
            ? Optional.of(Duration.ofMillis(number(node, "restartDelayMillis")))
            : Optional.empty(),
        node.has("previous") ? Optional.of(run(node.get("previous"))) : Optional.empty());
  }

  private static SessionRun run(JsonNode node) {
    return new SessionRun(
        time(node, "started"),
        time(node, "ended"),
        exit(node).orElseThrow(() -> new CorruptException("a run that is over has no exit", null)),
        text(node, "message"),
        isSet(node, "outOfMemory"));
  }

  private static boolean isSet(JsonNode node, String name) {
    return node.has(name) && flag(node, name);
  }

  private static Optional<ExitStatus> exit(JsonNode node) {
    if (node.has("code")) {
      return Optional.of(ExitStatus.exited(Math.toIntExact(number(node, "code"))));
    }
    if (node.has("signal")) {
      return Optional.of(ExitStatus.signalled(Signal.parse(text(node, "signal"))));
    }
    return node.has("unknown")
        ? Optional.of(ExitStatus.unknown(text(node, "unknown")))
        : Optional.empty();
  }

  private static Optional<Instant> time(JsonNode node, String name) {
    return node.has(name) ? Optional.of(Times.parse(text(node, name))) : Optional.empty();
  }

  static void putTexts(ObjectNode node, String name, List<String> texts) {
    ArrayNode array = node.putArray(name);
    texts.forEach(array::add);
  }

  static List<String> texts(JsonNode node, String name) {
    return list(node, name, GuestJson::textOf);
  }

  static <T> List<T> list(JsonNode node, String name, Function<JsonNode, T> reader) {
    List<T> values = new ArrayList<>();
    field(node, name).forEach(value -> values.add(reader.apply(value)));
    return values;
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  static <E extends Enum<E>> E word(Class<E> type, JsonNode node, String name) {
    return Enum.valueOf(type, text(node, name).toUpperCase(Locale.ROOT));
  }

  static UUID uuid(JsonNode node) {
    return UUID.fromString(textOf(node));
  }

  static String text(JsonNode node, String name) {
    return textOf(field(node, name));
  }

  private static String textOf(JsonNode node) {
    if (!node.isTextual()) {
      throw new CorruptException("text wanted, found " + node.getNodeType(), null);
    }
    return node.textValue();
  }

  static long number(JsonNode node, String name) {
    JsonNode value = field(node, name);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new CorruptException(name + " is not a whole number", null);
    }
    return value.longValue();
  }

  private static long numberOrNone(JsonNode node, String name) {
    return node.has(name) ? number(node, name) : 0;
  }

  static boolean flag(JsonNode node, String name) {
    return field(node, name).booleanValue();
  }

  static JsonNode field(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null) {
      throw new CorruptException("field " + name + " is missing", null);
    }
    return value;
  }
}
