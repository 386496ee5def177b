package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a pod is to be other than its VM is: of what can change while it is bound. */
final class PodDifference {
  private PodDifference() {}

  /** What the pod is to be; empty if it is so already. */
  static Optional<PodSpec> target(Pod asked, PodSpec spec) {
    PodChanged changed =
        new PodChanged(
            given(asked.getMetadata().getLabels()),
            given(asked.getMetadata().getAnnotations()),
            grace(asked, spec));
    if (changed.equals(
        new PodChanged(spec.labels(), spec.annotations(), spec.terminationGrace()))) {
      return Optional.empty();
    }
    return Optional.of(
        spec.toBuilder()
            .replaceLabels(changed.labels())
            .replaceAnnotations(changed.annotations())
            .terminationGrace(changed.grace())
            .build());
  }

  private record PodChanged(
      Map<String, String> labels, Map<String, String> annotations, Duration grace) {}

  private static Map<String, String> given(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  private static Duration grace(Pod asked, PodSpec spec) {
    @Nullable Long seconds = asked.getSpec().getTerminationGracePeriodSeconds();
    return seconds == null || seconds < 0 ? spec.terminationGrace() : Duration.ofSeconds(seconds);
  }

  /** The containers that are to have another image, with it. */
  static List<String> otherImages(Pod asked, PodSpec spec) {
    List<String> others = new ArrayList<>();
    for (ContainerSpec container : spec.allContainers()) {
      Stream.concat(
              asked.getSpec().getInitContainers().stream(),
              asked.getSpec().getContainers().stream())
          .filter(it -> it.getName().equals(container.name().orElse("")))
          .filter(it -> isOther(it, container))
          .forEach(it -> others.add(it.getName() + "=" + it.getImage()));
    }
    return others;
  }

  private static boolean isOther(Container asked, ContainerSpec container) {
    try {
      return container.imageId().isEmpty()
          && !container.reference().equals(Optional.of(ImageReference.parse(asked.getImage())));
    } catch (InvalidArgumentException e) {
      return true;
    }
  }
}
