package io.vic4j.pod.kubernetes;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Follows references to ConfigMaps and Secrets. */
record References(Context context) {
  /**
   * What is referred to; empty if it is not there, which is told unless it is optional.
   *
   * @param map whether it is a ConfigMap
   * @param path the field that refers to it
   */
  Optional<PodSources.Data> data(
      boolean map, @Nullable String name, @Nullable Boolean optional, String path) {
    if (name == null || name.isEmpty()) {
      context.problems().invalid(path + ".name", "Required value");
      return Optional.empty();
    }
    Optional<PodSources.Data> data =
        map
            ? context.sources().configMap(context.namespace(), name)
            : context.sources().secret(context.namespace(), name);
    if (data.isEmpty() && !Given.isTrue(optional)) {
      context
          .problems()
          .missing(path, (map ? "configmap" : "secret") + " \"" + name + "\" not found");
    }
    return data;
  }
}
