package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.vic4j.core.vm.AddressMarks;
import io.vic4j.pod.ContainerMount;
import io.vic4j.pod.ContainerSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where a container sees the pod's volumes: {@code volumeMounts}. */
final class Mounts {
  private final Context context;

  Mounts(Context context) {
    this.context = context;
  }

  void apply(
      Container given,
      Map<String, String> variables,
      String path,
      ContainerSpec.Builder container) {
    Set<String> volumes = new HashSet<>();
    for (Volume volume : Given.list(context.spec().getVolumes())) {
      volumes.add(Given.text(volume.getName(), ""));
    }
    Set<String> paths = new HashSet<>();
    List<VolumeMount> mounts = Given.list(given.getVolumeMounts());
    for (int i = 0; i < mounts.size(); i++) {
      VolumeMount mount = mounts.get(i);
      String at = path + ".volumeMounts[" + i + "]";
      String volume = Given.text(mount.getName(), "");
      if (!volumes.contains(volume)) {
        context.problems().invalid(at + ".name", "Not found: \"" + volume + "\"");
      }
      Optional<String> subPath = subPath(mount, variables, at);
      Optional<ContainerMount> made =
          context.checked(
              at + ".mountPath",
              () ->
                  new ContainerMount(
                      volume,
                      Given.text(mount.getMountPath(), ""),
                      subPath.orElse(""),
                      Given.isTrue(mount.getReadOnly())));
      if (made.isPresent()) {
        if (!paths.add(made.get().path())) {
          context.problems().invalid(at + ".mountPath", "must be unique");
        } else {
          container.mount(made.get());
        }
      }
    }
  }

  private Optional<String> subPath(VolumeMount mount, Map<String, String> variables, String at) {
    String plain = Given.text(mount.getSubPath(), "");
    String expression = Given.text(mount.getSubPathExpr(), "");
    if (!plain.isEmpty() && !expression.isEmpty()) {
      context
          .problems()
          .invalid(at + ".subPathExpr", "subPathExpr and subPath are mutually exclusive");
      return Optional.empty();
    }
    String field = at + (expression.isEmpty() ? ".subPath" : ".subPathExpr");
    List<String> missing = new ArrayList<>();
    String subPath =
        expression.isEmpty()
            ? plain
            : Expansion.expand(
                expression,
                name -> {
                  if (!variables.containsKey(name)) {
                    missing.add(name);
                  }
                  return Optional.ofNullable(variables.get(name));
                });
    if (!missing.isEmpty()) {
      context.problems().invalid(field, "no variable has the name of " + missing);
      return Optional.empty();
    }
    if (AddressMarks.isIn(subPath)) {
      context
          .problems()
          .unsupported(field, "the pod's address is not known before its volumes are mounted");
      return Optional.empty();
    }
    if (subPath.startsWith("/") || Arrays.asList(subPath.split("/", -1)).contains("..")) {
      context.problems().invalid(field, "must be a relative path without '..'");
      return Optional.empty();
    }
    return Optional.of(subPath);
  }
}
