package io.vic4j.core.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * What a process may be told beside its program, in the documents of {@link GuestProtocol}: fields
 * that are written only where they are set.
 */
final class ProcessJson {
  private static final long UNLIMITED = -1;
  private static final int OCTAL = 8;

  private ProcessJson() {}

  static void put(ObjectNode node, SessionSpec session) {
    session.umask().ifPresent(umask -> node.put("umask", Integer.toOctalString(umask)));
    if (!session.rlimits().isEmpty()) {
      ArrayNode rlimits = node.putArray("rlimits");
      for (ResourceLimit limit : session.rlimits()) {
        rlimits
            .addObject()
            .put("name", limit.name())
            .put("soft", limit.soft().orElse(UNLIMITED))
            .put("hard", limit.hard().orElse(UNLIMITED));
      }
    }
    session
        .capabilities()
        .ifPresent(names -> GuestJson.putTexts(node, "capabilities", List.copyOf(names)));
    if (session.noNewPrivileges()) {
      node.put("noNewPrivileges", true);
    }
    putUnlessEmpty(node, "groups", session.groups());
    if (!session.tmpfs().isEmpty()) {
      ArrayNode tmpfs = node.putArray("tmpfs");
      for (TmpfsMount mount : session.tmpfs()) {
        ObjectNode one = tmpfs.addObject().put("path", mount.path());
        mount.sizeBytes().ifPresent(size -> one.put("sizeBytes", size));
        one.put("mode", Integer.toOctalString(mount.mode()));
      }
    }
    session.healthCheck().ifPresent(check -> put(node.putObject("health"), check));
    LifecycleJson.put(node, session.lifecycle(), session.resources());
  }

  private static void put(ObjectNode node, HealthCheck check) {
    GuestJson.putTexts(node, "argv", check.argv());
    node.put("intervalMillis", check.interval().toMillis())
        .put("timeoutMillis", check.timeout().toMillis())
        .put("startPeriodMillis", check.startPeriod().toMillis())
        .put("retries", check.retries());
  }

  static void read(JsonNode node, SessionSpec.Builder session) {
    if (node.has("umask")) {
      session.umask(octal(node, "umask"));
    }
    node.path("rlimits").forEach(limit -> session.rlimit(rlimit(limit)));
    if (node.has("capabilities")) {
      session.capabilities(new TreeSet<>(GuestJson.texts(node, "capabilities")));
    }
    session.noNewPrivileges(node.path("noNewPrivileges").booleanValue());
    session.groups(textsOrNone(node, "groups"));
    node.path("tmpfs").forEach(mount -> session.tmpfs(tmpfs(mount)));
    if (node.has("health")) {
      session.healthCheck(healthCheck(node.path("health")));
    }
    session.lifecycle(LifecycleJson.lifecycle(node)).resources(LifecycleJson.resources(node));
  }

  private static ResourceLimit rlimit(JsonNode node) {
    return new ResourceLimit(
        GuestJson.text(node, "name"), bound(node, "soft"), bound(node, "hard"));
  }

  private static OptionalLong bound(JsonNode node, String name) {
    long value = GuestJson.number(node, name);
    return value == UNLIMITED ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static TmpfsMount tmpfs(JsonNode node) {
    return new TmpfsMount(
        GuestJson.text(node, "path"),
        node.has("sizeBytes")
            ? OptionalLong.of(GuestJson.number(node, "sizeBytes"))
            : OptionalLong.empty(),
        octal(node, "mode"));
  }

  private static HealthCheck healthCheck(JsonNode node) {
    return new HealthCheck(
        GuestJson.texts(node, "argv"),
        millis(node, "intervalMillis"),
        millis(node, "timeoutMillis"),
        millis(node, "startPeriodMillis"),
        Math.toIntExact(GuestJson.number(node, "retries")));
  }

  private static Duration millis(JsonNode node, String name) {
    return Duration.ofMillis(GuestJson.number(node, name));
  }

  private static int octal(JsonNode node, String name) {
    String text = GuestJson.text(node, name);
    try {
      return Integer.parseInt(text, OCTAL);
    } catch (NumberFormatException e) {
      throw new CorruptException(name + " is not an octal number", e);
    }
  }

  static void putMachine(ObjectNode node, ContainerVmSpec spec) {
    if (!spec.hosts().isEmpty()) {
      ArrayNode hosts = node.putArray("hosts");
      for (HostEntry entry : spec.hosts()) {
        GuestJson.putTexts(
            hosts.addObject().put("address", entry.address()), "names", entry.names());
      }
    }
    putUnlessEmpty(node, "searches", spec.searches());
    putUnlessEmpty(node, "nameservers", spec.nameservers());
    putUnlessEmpty(node, "resolverOptions", spec.resolverOptions());
    if (!spec.memoryVolumes().isEmpty()) {
      ArrayNode volumes = node.putArray("memoryVolumes");
      spec.memoryVolumes()
          .forEach(volume -> LifecycleJson.putMemoryVolume(volumes.addObject(), volume));
    }
    spec.deadline().ifPresent(deadline -> node.put("deadlineMillis", deadline.toMillis()));
  }

  static List<String> nameservers(JsonNode node) {
    return textsOrNone(node, "nameservers");
  }

  static List<String> resolverOptions(JsonNode node) {
    return textsOrNone(node, "resolverOptions");
  }

  static List<MemoryVolume> memoryVolumes(JsonNode node) {
    return node.has("memoryVolumes")
        ? GuestJson.list(node, "memoryVolumes", LifecycleJson::memoryVolume)
        : List.of();
  }

  static Optional<Duration> deadline(JsonNode node) {
    return node.has("deadlineMillis")
        ? Optional.of(millis(node, "deadlineMillis"))
        : Optional.empty();
  }

  static List<HostEntry> hosts(JsonNode node) {
    return node.has("hosts") ? GuestJson.list(node, "hosts", ProcessJson::host) : List.of();
  }

  private static HostEntry host(JsonNode node) {
    return new HostEntry(GuestJson.text(node, "address"), GuestJson.texts(node, "names"));
  }

  static List<String> searches(JsonNode node) {
    return textsOrNone(node, "searches");
  }

  private static List<String> textsOrNone(JsonNode node, String name) {
    return node.has(name) ? GuestJson.texts(node, name) : List.of();
  }

  private static void putUnlessEmpty(ObjectNode node, String name, List<String> texts) {
    if (!texts.isEmpty()) {
      GuestJson.putTexts(node, name, texts);
    }
  }
}
