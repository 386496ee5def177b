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
    PodSpec.Builder builder =
        spec.toBuilder()
            .replaceLabels(given(asked.getMetadata().getLabels()))
            .replaceAnnotations(given(asked.getMetadata().getAnnotations()))
            .terminationGrace(grace(asked, spec));
    @Nullable Long deadline = asked.getSpec().getActiveDeadlineSeconds();
    if (deadline != null && deadline > 0) {
      builder.activeDeadline(Duration.ofSeconds(deadline));
    }
    for (Changed changed : otherImages(asked, spec)) {
      builder.replaceContainer(changed.container().toBuilder().image(changed.image()).build());
    }
    return Optional.of(builder.build()).filter(target -> !target.equals(spec));
  }

  private static Map<String, String> given(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  private static Duration grace(Pod asked, PodSpec spec) {
    @Nullable Long seconds = asked.getSpec().getTerminationGracePeriodSeconds();
    return seconds == null || seconds < 0 ? spec.terminationGrace() : Duration.ofSeconds(seconds);
  }

  /**
   * A container that is to have another image.
   *
   * @param container as it is
   * @param image the other one
   */
  private record Changed(ContainerSpec container, ImageReference image) {}

  /** What is to be an image, and is no reference: who gave a pod that made nothing of it. */
  static List<String> badImages(Pod asked) {
    return containers(asked)
        .map(Container::getImage)
        .filter(image -> reference(image).isEmpty())
        .toList();
  }

  /** The containers that are to have another image. */
  private static List<Changed> otherImages(Pod asked, PodSpec spec) {
    List<Changed> others = new ArrayList<>();
    for (ContainerSpec container : spec.allContainers()) {
      containers(asked)
          .filter(it -> it.getName().equals(container.name().orElse("")))
          .flatMap(it -> reference(it.getImage()).stream())
          .filter(image -> container.reference().filter(it -> !it.equals(image)).isPresent())
          .forEach(image -> others.add(new Changed(container, image)));
    }
    return others;
  }

  private static Stream<Container> containers(Pod asked) {
    return Stream.concat(
        asked.getSpec().getInitContainers().stream(), asked.getSpec().getContainers().stream());
  }

  private static Optional<ImageReference> reference(String image) {
    try {
      return Optional.of(ImageReference.parse(image));
    } catch (InvalidArgumentException e) {
      return Optional.empty();
    }
  }
}
