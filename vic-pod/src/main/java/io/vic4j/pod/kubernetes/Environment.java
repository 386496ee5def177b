package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMapKeySelector;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The variables of a container, as a kubelet makes them: first those of {@code envFrom}, a later
 * one over an earlier one; then those of {@code env}, whose values may name variables that are
 * there already, or that tell about services; then those about services that are not there yet.
 */
final class Environment {
  private final Context context;
  private final FieldValues fields;
  private final Map<String, String> services;

  Environment(Context context, FieldValues fields) {
    this.context = context;
    this.fields = fields;
    this.services =
        new TreeMap<>(
            context
                .sources()
                .serviceVariables(
                    context.namespace(),
                    Given.orElse(context.spec().getEnableServiceLinks(), true)));
  }

  Map<String, String> of(Container container, String path) {
    Map<String, String> variables = new LinkedHashMap<>();
    List<EnvFromSource> from = Given.list(container.getEnvFrom());
    for (int i = 0; i < from.size(); i++) {
      addAll(from.get(i), path + ".envFrom[" + i + "]", variables);
    }
    List<EnvVar> env = Given.list(container.getEnv());
    for (int i = 0; i < env.size(); i++) {
      add(container, env.get(i), path + ".env[" + i + "]", variables);
    }
    services.forEach(variables::putIfAbsent);
    return variables;
  }

  private void addAll(EnvFromSource from, String path, Map<String, String> variables) {
    String prefix = Given.text(from.getPrefix(), "");
    boolean map = from.getConfigMapRef() != null;
    if (map == (from.getSecretRef() != null)) {
      context.problems().invalid(path, "want one of configMapRef and secretRef");
      return;
    }
    String name = map ? from.getConfigMapRef().getName() : from.getSecretRef().getName();
    @Nullable Boolean optional =
        map ? from.getConfigMapRef().getOptional() : from.getSecretRef().getOptional();
    String ref = path + (map ? ".configMapRef" : ".secretRef");
    Optional<PodSources.Data> data = new References(context).data(map, name, optional, ref);
    if (data.isPresent()) {
      // A ConfigMap's binary data is for files alone; all of a Secret counts.
      data.get().text().forEach((key, value) -> put(prefix + key, value, ref, variables));
      if (!map) {
        data.get()
            .binary()
            .forEach(
                (key, value) ->
                    text(value, ref, key).ifPresent(it -> put(prefix + key, it, ref, variables)));
      }
    }
  }

  private void add(Container container, EnvVar env, String path, Map<String, String> variables) {
    String name = Given.text(env.getName(), "");
    if (name.isEmpty() || name.chars().anyMatch(c -> c == '=' || c < ' ' || c > '~')) {
      context
          .problems()
          .invalid(path + ".name", "'" + name + "' is no variable's name (printable ASCII, no =)");
      return;
    }
    @Nullable EnvVarSource from = env.getValueFrom();
    if (from == null) {
      put(name, expand(Given.text(env.getValue(), ""), variables), path + ".value", variables);
    } else if (Given.has(env.getValue())) {
      context.problems().invalid(path + ".valueFrom", "not beside a value that is not empty");
    } else {
      value(container, from, path + ".valueFrom")
          .ifPresent(value -> put(name, value, path + ".valueFrom", variables));
    }
  }

  private Optional<String> value(Container container, EnvVarSource from, String path) {
    long sources =
        Stream.of(
                from.getFieldRef(),
                from.getResourceFieldRef(),
                from.getConfigMapKeyRef(),
                from.getSecretKeyRef(),
                from.getFileKeyRef())
            .filter(it -> it != null)
            .count();
    if (sources != 1) {
      context.problems().invalid(path, "want one source, not " + sources);
      return Optional.empty();
    }
    if (from.getFieldRef() != null) {
      return fields.variable(from.getFieldRef(), path + ".fieldRef");
    }
    if (from.getResourceFieldRef() != null) {
      return fields.resource(
          from.getResourceFieldRef(), Optional.of(container), path + ".resourceFieldRef");
    }
    if (from.getConfigMapKeyRef() != null) {
      ConfigMapKeySelector ref = from.getConfigMapKeyRef();
      return keyed(true, ref.getName(), ref.getKey(), ref.getOptional(), path + ".configMapKeyRef");
    }
    if (from.getSecretKeyRef() != null) {
      SecretKeySelector ref = from.getSecretKeyRef();
      return keyed(false, ref.getName(), ref.getKey(), ref.getOptional(), path + ".secretKeyRef");
    }
    return Optional.empty(); // Refused by the table.
  }

  private Optional<String> keyed(
      boolean map,
      @Nullable String name,
      @Nullable String key,
      @Nullable Boolean optional,
      String path) {
    Optional<PodSources.Data> data = new References(context).data(map, name, optional, path);
    if (data.isEmpty()) {
      return Optional.empty();
    }
    String wanted = Given.text(key, "");
    String text = data.get().text().get(wanted);
    ByteBuffer bytes = map ? null : data.get().binary().get(wanted);
    if (text != null) {
      return Optional.of(text);
    }
    if (bytes != null) {
      return text(bytes, path, wanted);
    }
    if (!Given.isTrue(optional)) {
      String kind = map ? "ConfigMap" : "Secret";
      context
          .problems()
          .missing(
              path,
              "couldn't find key "
                  + wanted
                  + " in "
                  + kind
                  + " "
                  + context.namespace()
                  + "/"
                  + name);
    }
    return Optional.empty();
  }

  private Optional<String> text(ByteBuffer bytes, String path, String key) {
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString());
    } catch (CharacterCodingException e) {
      context.problems().invalid(path, "the value of key '" + key + "' is no UTF-8 text");
      return Optional.empty();
    }
  }

  private void put(String name, String value, String path, Map<String, String> variables) {
    if (value.indexOf('\0') >= 0) {
      context.problems().invalid(path, "the value of '" + name + "' has a NUL character");
      return;
    }
    variables.put(name, value);
  }

  private String expand(String text, Map<String, String> variables) {
    return Expansion.expand(
        text,
        name ->
            Optional.ofNullable(variables.get(name))
                .or(() -> Optional.ofNullable(services.get(name))));
  }
}
