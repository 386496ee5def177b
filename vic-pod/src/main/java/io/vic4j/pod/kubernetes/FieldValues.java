package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ObjectFieldSelector;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import io.vic4j.core.vm.AddressMarks;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the downward API tells: {@code fieldRef} and {@code resourceFieldRef}. */
final class FieldValues {
  private static final Pattern ENTRY =
      Pattern.compile("metadata\\.(labels|annotations)\\['(.*)'\\]");
  private static final Set<String> RESOURCES =
      Set.of(
          "limits.cpu",
          "limits.memory",
          "limits.ephemeral-storage",
          "requests.cpu",
          "requests.memory",
          "requests.ephemeral-storage");

  private final Context context;

  FieldValues(Context context) {
    this.context = context;
  }

  /** What a variable is given. */
  Optional<String> variable(ObjectFieldSelector ref, String path) {
    String field = checkedPath(ref, path);
    return switch (field) {
      case "" -> Optional.empty();
      case "spec.nodeName" -> known(context.nodeName(), path, "no node is known");
      case "spec.serviceAccountName" -> Optional.of(context.serviceAccount());
      case "status.hostIP" ->
          known(addresses().stream().findFirst(), path, "the address of the node is not known");
      case "status.hostIPs" ->
          known(
              Optional.of(String.join(",", addresses())).filter(it -> !it.isEmpty()),
              path,
              "the address of the node is not known");
      // Known to the running VM alone: its guest puts them in.
      case "status.podIP" -> Optional.of(AddressMarks.FIRST);
      case "status.podIPs" -> Optional.of(AddressMarks.ALL);
      case "metadata.labels", "metadata.annotations" -> {
        context
            .problems()
            .invalid(path + ".fieldPath", "a variable takes one entry: " + field + "['key']");
        yield Optional.empty();
      }
      default -> ofMetadata(field, path);
    };
  }

  /** What a file is given. */
  Optional<String> file(ObjectFieldSelector ref, String path) {
    String field = checkedPath(ref, path);
    return switch (field) {
      case "" -> Optional.empty();
      case "metadata.labels" -> Optional.of(lines(context.meta().getLabels()));
      case "metadata.annotations" -> Optional.of(lines(context.meta().getAnnotations()));
      default -> ofMetadata(field, path);
    };
  }

  private Optional<String> ofMetadata(String field, String path) {
    Matcher entry = ENTRY.matcher(field);
    if (entry.matches()) {
      Map<String, String> map =
          entry.group(1).equals("labels")
              ? Given.map(context.meta().getLabels())
              : Given.map(context.meta().getAnnotations());
      return Optional.of(map.getOrDefault(entry.group(2), ""));
    }
    return switch (field) {
      case "metadata.name" -> Optional.of(context.name());
      case "metadata.namespace" -> Optional.of(context.namespace());
      case "metadata.uid" ->
          known(
              Optional.ofNullable(context.meta().getUid()),
              path,
              "the pod has no UID yet; set metadata.uid");
      default -> {
        context.problems().invalid(path + ".fieldPath", "no field '" + field + "' can be had here");
        yield Optional.empty();
      }
    };
  }

  private String checkedPath(ObjectFieldSelector ref, String path) {
    if (!Given.text(ref.getApiVersion(), "v1").equals("v1")) {
      context.problems().invalid(path + ".apiVersion", "want v1, not " + ref.getApiVersion());
    }
    if (!Given.has(ref.getFieldPath())) {
      context.problems().invalid(path + ".fieldPath", "Required value");
      return "";
    }
    return ref.getFieldPath();
  }

  private List<String> addresses() {
    return context.sources().node().map(PodSources.Node::addresses).orElse(List.of());
  }

  private Optional<String> known(Optional<String> value, String path, String problem) {
    if (value.isEmpty()) {
      context.problems().missing(path + ".fieldPath", problem);
    }
    return value;
  }

  /** Sorted lines of {@code key="value"}, in which the value is quoted as Go does. */
  private static String lines(Map<String, String> map) {
    StringBuilder lines = new StringBuilder();
    new TreeMap<>(Given.map(map))
        .forEach(
            (key, value) ->
                lines
                    .append(lines.isEmpty() ? "" : "\n")
                    .append(key)
                    .append('=')
                    .append(quoted(value)));
    return lines.toString();
  }

  private static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    value
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> {
                  if (c < ' ' || c == 0x7F) {
                    quoted.append(String.format("\\x%02x", c));
                  } else {
                    quoted.appendCodePoint(c);
                  }
                }
              }
            });
    return quoted.append('"').toString();
  }

  /**
   * What a container may use.
   *
   * @param own the container whose variable it is; empty for a file, which has to name one
   */
  Optional<String> resource(ResourceFieldSelector ref, Optional<Container> own, String path) {
    String resource = Given.text(ref.getResource(), "");
    if (!RESOURCES.contains(resource)) {
      context
          .problems()
          .invalid(path + ".resource", "want one of " + new java.util.TreeSet<>(RESOURCES));
      return Optional.empty();
    }
    Optional<Container> container =
        Given.has(ref.getContainerName()) ? named(ref.getContainerName()) : own;
    if (container.isEmpty()) {
      context.problems().invalid(path + ".containerName", "the pod has no container of this name");
      return Optional.empty();
    }
    try {
      OptionalLong value =
          ContainerResources.value(container.get().getResources(), resource, ref.getDivisor());
      if (value.isPresent()) {
        return Optional.of(String.valueOf(value.getAsLong()));
      }
      if (resource.startsWith("requests.")) {
        return Optional.of("0");
      }
      context
          .problems()
          .unsupported(
              path + ".resource",
              "the container has no "
                  + resource
                  + ", and the size of its VM is not known before it is made");
    } catch (IllegalArgumentException | ArithmeticException e) {
      context.problems().invalid(path, "the resource or its divisor is no quantity");
    }
    return Optional.empty();
  }

  private Optional<Container> named(String name) {
    return Stream.concat(
            Given.list(context.spec().getContainers()).stream(),
            Given.list(context.spec().getInitContainers()).stream())
        .filter(it -> name.equals(it.getName()))
        .findFirst();
  }
}
