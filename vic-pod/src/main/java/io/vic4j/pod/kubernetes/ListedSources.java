package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.vic4j.pod.PodKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Sources that were given one by one. */
final class ListedSources implements PodSources {
  private final Map<String, Data> configMaps = new HashMap<>();
  private final Map<String, Data> secrets = new HashMap<>();

  ListedSources(Iterable<ConfigMap> configMaps, Iterable<Secret> secrets) {
    configMaps.forEach(it -> this.configMaps.put(key(it.getMetadata()), Data.from(it)));
    secrets.forEach(it -> this.secrets.put(key(it.getMetadata()), Data.from(it)));
  }

  private static String key(ObjectMeta meta) {
    return Given.orElse(meta.getNamespace(), PodKey.DEFAULT_NAMESPACE) + "/" + meta.getName();
  }

  @Override
  public Optional<Data> configMap(String namespace, String name) {
    return Optional.ofNullable(configMaps.get(namespace + "/" + name));
  }

  @Override
  public Optional<Data> secret(String namespace, String name) {
    return Optional.ofNullable(secrets.get(namespace + "/" + name));
  }
}
